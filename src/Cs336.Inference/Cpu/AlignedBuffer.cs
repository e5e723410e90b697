namespace Cs336.Inference;

/// <summary>
/// Zeroed memory of the managed heap that does not move and begins at a cache line. Being managed, it cannot be used after it
/// is freed, and is freed when nothing refers to it.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    private const int Alignment = 64;
    private readonly ulong[] _memory; // referred to so that it stays

    public AlignedBuffer(long bytes)
    {
        _memory = GC.AllocateArray<ulong>(checked((int)((bytes + Alignment + sizeof(ulong) - 1) / sizeof(ulong))), pinned: true);
        nuint address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _memory[0]);
        Pointer = (byte*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    public byte* Pointer { get; }

    public float* Floats => (float*)Pointer;
}
