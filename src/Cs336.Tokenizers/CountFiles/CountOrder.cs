using System.Buffers.Binary;

namespace Cs336.Tokenizers;

/// <summary>The order of pre-tokens in files: by their bytes, as numbers from 0 to 255.</summary>
internal sealed class CountOrder : IComparer<ICountSource>
{
    public static CountOrder Instance { get; } = new();

    /// <summary>See <see cref="ICountSource.Prefix"/>.</summary>
    public static ulong PrefixOf(ReadOnlySpan<byte> preToken)
    {
        if (preToken.Length >= sizeof(ulong)) return BinaryPrimitives.ReadUInt64BigEndian(preToken);
        ulong prefix = 0;
        for (int i = 0; i < preToken.Length; i++) prefix |= (ulong)preToken[i] << (56 - (8 * i));
        return prefix;
    }

    public int Compare(ICountSource? x, ICountSource? y)
    {
        int order = x!.Prefix.CompareTo(y!.Prefix);
        return order != 0 ? order : x.PreToken.SequenceCompareTo(y.PreToken);
    }
}
