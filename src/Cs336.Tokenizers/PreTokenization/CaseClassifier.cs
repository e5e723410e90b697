using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>Which bytes of a block are of upper or titlecase letters, of lower ones, and of marks.</summary>
internal struct CaseMasks
{
    public ulong Upper, Lower, Marks;
}

/// <summary>Tells the case of the letters of a block.</summary>
internal static class CaseClassifier
{
    /// <summary>Adds the code points that are not ASCII to the masks of a block.</summary>
    /// <param name="block">The block, of which all code points are of at most three bytes and rightly written.</param>
    /// <param name="firsts">The first bytes of those that are not ASCII.</param>
    /// <param name="masks">To which they are added.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TClassifier>(ReadOnlySpan<byte> block, ulong firsts, ref CaseMasks masks)
        where TClassifier : struct, IByteClassifier
    {
        ulong threes = firsts & TClassifier.GatherBit(block, 5);
        ulong twos = firsts & ~threes;
        ulong upper = 0, lower = 0, marks = 0;
        ref byte first = ref MemoryMarshal.GetReference(block);
        for (ulong rest = twos; rest != 0; rest &= rest - 1)
        {
            int offset = BitOperations.TrailingZeroCount(rest);
            ref byte start = ref Unsafe.Add(ref first, offset);
            AddOne(((start & 0x1Fu) << 6) | (Unsafe.Add(ref start, 1) & 0x3Fu), offset, ref upper, ref lower, ref marks);
        }
        for (ulong rest = threes; rest != 0; rest &= rest - 1)
        {
            int offset = BitOperations.TrailingZeroCount(rest);
            ref byte start = ref Unsafe.Add(ref first, offset);
            uint codePoint = ((start & 0x0Fu) << 12) | ((Unsafe.Add(ref start, 1) & 0x3Fu) << 6) | (Unsafe.Add(ref start, 2) & 0x3Fu);
            AddOne(codePoint, offset, ref upper, ref lower, ref marks);
        }
        masks.Upper |= WithTails(upper, threes);
        masks.Lower |= WithTails(lower, threes);
        masks.Marks |= WithTails(marks, threes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOne(uint codePoint, int offset, ref ulong upper, ref ulong lower, ref ulong marks)
    {
        uint entry = CodePointClasses.EntryOf(codePoint);
        if (entry == 0) entry = CodePointClasses.Fill(codePoint);
        upper |= (ulong)(entry >> CodePointClasses.IsUpperShift & 1) << offset;
        lower |= (ulong)(entry >> CodePointClasses.IsLowerShift & 1) << offset;
        marks |= (ulong)(entry >> CodePointClasses.IsMarkShift & 1) << offset;
    }

    private static ulong WithTails(ulong firsts, ulong threes) => firsts | (firsts << 1) | ((firsts & threes) << 2);
}
