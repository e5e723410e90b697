namespace Cs336.Tokenizers;

/// <summary>
/// What Unicode says of code points that normalization needs: combining classes, decompositions and what composes. It is that of the
/// Unicode version of .NET's <see cref="System.Globalization.CharUnicodeInfo"/>; what is assigned later on is left as it is.
/// </summary>
internal sealed class UnicodeTables
{
    /// <summary>The entry of most code points: they are not decomposed, and compose with nothing that is before them.</summary>
    public const int Plain = 0;

    /// <summary>The entry of Hangul syllables, which are decomposed by arithmetic.</summary>
    public const int Syllable = 1;

    private const int ClassShift = 24;

    private readonly CodePointMap _entryOf;
    private readonly UnicodeEntry[] _entries;
    private readonly uint[] _parts;

    internal UnicodeTables(CodePointMap entryOf, UnicodeEntry[] entries, uint[] parts, CompositionTable compositions)
    {
        (_entryOf, _entries, _parts, Compositions) = (entryOf, entries, parts, compositions);
    }

    /// <summary>The tables, which the first one to ask for them loads.</summary>
    public static UnicodeTables Instance => Loaded.Tables;

    /// <summary>The pairs that compose.</summary>
    public CompositionTable Compositions { get; }

    /// <summary>What the code points are like, of which many have the same.</summary>
    public ReadOnlySpan<UnicodeEntry> Entries => _entries;

    /// <summary>The code points that are not plain, with the index of what each is like.</summary>
    public CodePointMap EntryOf => _entryOf;

    /// <summary>A code point as decompositions hold it: below its combining class.</summary>
    public static uint Pack(int codePoint, byte combiningClass) => (uint)codePoint | ((uint)combiningClass << ClassShift);

    /// <summary>The code point of a packed one.</summary>
    public static int CodePointOf(uint packed) => (int)(packed & ((1u << ClassShift) - 1));

    /// <summary>The combining class of a packed code point.</summary>
    public static byte ClassOf(uint packed) => (byte)(packed >> ClassShift);

    /// <summary>An entry's whole decomposition, packed, not yet in canonical order; empty where it has none, and for syllables.</summary>
    public ReadOnlySpan<uint> Decomposition(in UnicodeEntry entry, bool compatibility)
    {
        int place = compatibility ? entry.Compatibility : entry.Canonical;
        return _parts.AsSpan(place >> UnicodeEntry.LengthBits, place & ((1 << UnicodeEntry.LengthBits) - 1));
    }

    private static class Loaded
    {
        public static readonly UnicodeTables Tables = new UnicodeTablesLoader().Load();
    }
}
