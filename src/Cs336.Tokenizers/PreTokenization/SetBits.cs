using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Tokenizers;

/// <summary>Turns a mask of 64 bits into the numbers of the bits that are set.</summary>
internal static class SetBits
{
    /// <summary>How many numbers after its last one <see cref="Write"/> may overwrite: the caller leaves that much more room.</summary>
    public const int Slack = 32;

    private const int BitsOfByte = 8;

    /// <summary>For each byte the numbers of the bits that are set in it, one byte per number, from the lowest on.</summary>
    private static readonly ulong[] NumbersOfByte = [.. Enumerable.Range(0, 1 << BitsOfByte).Select(NumbersOf)];

    /// <summary>Writes the number of each bit that is set, in rising order, with an offset added.</summary>
    /// <param name="bits">A mask of 64 bits.</param>
    /// <param name="offset">What is added to each number.</param>
    /// <param name="numbers">Where they go. What lies beyond them, within <see cref="Slack"/>, may be overwritten.</param>
    /// <returns>How many bits are set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write(ulong bits, int offset, Span<int> numbers) =>
        Avx512Vbmi2.IsSupported ? WriteCompressed(bits, offset, numbers)
        : Avx2.IsSupported ? WriteByTable(bits, offset, numbers)
        : WriteOneByOne(bits, offset, numbers);

    /// <summary>As <see cref="Write"/>, on any processor, and without need of room beyond the numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteOneByOne(ulong bits, int offset, Span<int> numbers)
    {
        int count = 0;
        for (; bits != 0 && count < numbers.Length; bits &= bits - 1) numbers[count++] = offset + BitOperations.TrailingZeroCount(bits);
        return count;
    }

    // A processor cannot predict when a loop over the bits ends, which costs time once for each mask. Here there is no loop, and the
    // one branch is taken only for the rare masks of more than 32 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteCompressed(ulong bits, int offset, Span<int> numbers)
    {
        // Byte i becomes the byte of the mask that holds bit i, and then tells whether that bit is set.
        Vector512<byte> byteOfEach = Vector512.Create(
            Vector256.Create(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303).AsByte(),
            Vector256.Create(0x0404040404040404, 0x0505050505050505, 0x0606060606060606, 0x0707070707070707).AsByte());
        Vector512<byte> bitOfEach = Vector512.Create(0x8040201008040201).AsByte();
        Vector512<byte> isSet = Vector512.Equals(Avx512BW.Shuffle(Vector512.Create(bits).AsByte(), byteOfEach) & bitOfEach, bitOfEach);
        Vector512<byte> packed = Avx512Vbmi2.Compress(Vector512<byte>.Zero, isSet, Vector512<byte>.Indices);

        int count = BitOperations.PopCount(bits);
        ref int first = ref MemoryMarshal.GetReference(numbers[..(count + Slack)]);
        Vector512<int> offsets = Vector512.Create(offset);
        (Avx512F.ConvertToVector512Int32(packed.GetLower().GetLower()) + offsets).StoreUnsafe(ref first);
        (Avx512F.ConvertToVector512Int32(packed.GetLower().GetUpper()) + offsets).StoreUnsafe(ref first, 16);
        if (count > 32)
        {
            (Avx512F.ConvertToVector512Int32(packed.GetUpper().GetLower()) + offsets).StoreUnsafe(ref first, 32);
            (Avx512F.ConvertToVector512Int32(packed.GetUpper().GetUpper()) + offsets).StoreUnsafe(ref first, 48);
        }
        return count;
    }

    /// <summary>
    /// As <see cref="Write"/>, with AVX2: of each byte of the mask a table says which numbers it adds, up to eight at once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int WriteByTable(ulong bits, int offset, Span<int> numbers)
    {
        int count = BitOperations.PopCount(bits);
        ref int first = ref MemoryMarshal.GetReference(numbers[..(count + Slack)]);
        ref ulong table = ref MemoryMarshal.GetArrayDataReference(NumbersOfByte);
        // What is written beyond the bits of a byte, the next one overwrites. How many came before is counted in the mask, and
        // not added up, so that no byte waits for the one before it.
        Vector256<int> offsets = Vector256.Create(offset);
        for (int shift = 0; shift < 64; shift += BitsOfByte)
        {
            Vector128<byte> packed = Vector128.CreateScalarUnsafe(Unsafe.Add(ref table, (nint)(byte)(bits >> shift))).AsByte();
            int before = BitOperations.PopCount(bits & ((1UL << shift) - 1));
            (Avx2.ConvertToVector256Int32(packed) + offsets).StoreUnsafe(ref first, (nuint)before);
            offsets += Vector256.Create(BitsOfByte);
        }
        return count;
    }

    private static ulong NumbersOf(int value)
    {
        ulong numbers = 0;
        for (int bit = 0, count = 0; bit < BitsOfByte; bit++)
            if ((value >> bit & 1) != 0) numbers |= (ulong)bit << (BitsOfByte * count++);
        return numbers;
    }
}
