using System.Runtime.CompilerServices;

namespace Cs336.Inference;

/// <summary>
/// Memory of the managed heap that does not move and begins at a cache line. The garbage collector frees it when nothing refers to the
/// buffer any more, so it cannot be used after it was freed.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Alignment = 64;
    private readonly ulong[] _memory; // keeps the array alive while the buffer is

    /// <param name="bytes">The size, 0 or more.</param>
    /// <param name="zeroed">Whether to fill it with zeros; false saves that work where everything is written before it is read.</param>
    /// <exception cref="OutOfMemoryException">There is not enough memory.</exception>
    public AlignedBuffer(long bytes, bool zeroed = true)
    {
        if (bytes > MaxBytes) throw new InsufficientMemoryException($"{bytes} bytes are more than an array can hold, which is {MaxBytes}.");
        Length = bytes;
        int length = (int)((bytes + Alignment + sizeof(ulong) - 1) / sizeof(ulong));
        _memory = zeroed ? GC.AllocateArray<ulong>(length, pinned: true) : GC.AllocateUninitializedArray<ulong>(length, pinned: true);
        nuint address = (nuint)Unsafe.AsPointer(ref _memory[0]);
        Pointer = (byte*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public static long MaxBytes { get; } = ((long)Array.MaxLength * sizeof(ulong)) - (2 * Alignment);

    /// <summary>Its size in bytes.</summary>
    public long Length { get; }

    public byte* Pointer { get; }

    public float* Floats => (float*)Pointer;
}
