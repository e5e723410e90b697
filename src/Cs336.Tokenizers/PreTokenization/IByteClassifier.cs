namespace Cs336.Tokenizers;

/// <summary>Classifies 64 bytes at a time. Each instruction set has its implementation; all of them give the same masks.</summary>
internal interface IByteClassifier
{
    /// <summary>The classes of the first 64 bytes of a block that is at least that long.</summary>
    static abstract ByteClasses Classify(ReadOnlySpan<byte> block);

    /// <summary>Which of the first 64 bytes of a block are among a number of ASCII characters that follow one another.</summary>
    /// <param name="block">At least 64 bytes.</param>
    /// <param name="first">The first of the characters.</param>
    /// <param name="count">How many characters they are.</param>
    static abstract ulong InRange(ReadOnlySpan<byte> block, byte first, byte count);

    /// <summary>One bit, 0 to 7, of each of the first 64 bytes of a block that is at least that long.</summary>
    static abstract ulong GatherBit(ReadOnlySpan<byte> block, int bit);

    /// <summary>
    /// Looks up at once what it can of the code points that start in a block: the others are left to be looked up one by one.
    /// </summary>
    /// <param name="block">At least 64 bytes.</param>
    /// <param name="twos">The first bytes of code points of two bytes.</param>
    /// <param name="threes">The first bytes of code points of three bytes.</param>
    /// <param name="letters">Those of them that are known to be letters.</param>
    /// <returns>Those of them that are known to be letters or symbols, and rightly written.</returns>
    static virtual ulong LookUp(ReadOnlySpan<byte> block, ulong twos, ulong threes, out ulong letters)
    {
        letters = 0;
        return 0;
    }
}
