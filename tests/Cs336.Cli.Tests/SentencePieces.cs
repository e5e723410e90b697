namespace Cs336.Cli.Tests;

/// <summary>A SentencePiece model of four pieces.</summary>
internal static class SentencePieces
{
    /// <summary>The pieces, which stand in field 1: unknown, and three normal ones; then the kind of model, and the normalizer.</summary>
    public static readonly byte[] Pieces =
    [
        0x0A, 9, 0x0A, 5, .. "<unk>"u8, 0x18, 2,
        0x0A, 10, 0x0A, 3, 0xE2, 0x96, 0x81, 0x15, 0, 0, 0x80, 0xBF,
        0x0A, 8, 0x0A, 1, (byte)'a', 0x15, 0, 0, 0, 0xC0,
        0x0A, 11, 0x0A, 4, 0xE2, 0x96, 0x81, (byte)'a', 0x15, 0, 0, 0, 0,
    ];

    /// <summary>Those as a BPE model.</summary>
    public static readonly byte[] Model = [.. Pieces, 0x12, 2, 0x18, 2, 0x1A, 2, 0x20, 0];
}
