namespace Cs336.Tokenizers;

/// <summary>Classifies 64 bytes at a time. Each instruction set has its implementation; all of them give the same masks.</summary>
internal interface IByteClassifier
{
    /// <summary>The classes of the first 64 bytes of a block that is at least that long.</summary>
    static abstract ByteClasses Classify(ReadOnlySpan<byte> block);

    /// <summary>One bit, 0 to 7, of each of the first 64 bytes of a block that is at least that long.</summary>
    static abstract ulong GatherBit(ReadOnlySpan<byte> block, int bit);
}
