using System.Buffers.Text;

namespace Cs336.Tokenizers;

/// <summary>Makes <see cref="UnicodeTables"/> out of <see cref="UnicodeFormData"/>, which is written so that it is short.</summary>
internal sealed class UnicodeTablesLoader
{
    private readonly CodePointMap _entryOf = new();
    private readonly CompositionTable _compositions = new();

    // The entries of code points that are not decomposed: by combining class, then again for those that join.
    private readonly int[] _shared = new int[2 * 256];

    private Mapping[] _mappings = new Mapping[6_000];
    private UnicodeEntry[] _entries = new UnicodeEntry[6_500];
    private int[] _mapped = new int[10_000];
    private uint[] _parts = new uint[20_000];
    private int _mappingCount, _entryCount, _mappedCount, _partCount;

    // The entry of the first mapping; those of the others follow in their order.
    private int _firstMapped;

    /// <summary>Reads the data.</summary>
    public UnicodeTables Load()
    {
        AddEntry(default);
        AddEntry(default);
        _entryOf.Fill(Hangul.FirstSyllable, Hangul.FirstSyllable + Hangul.SyllableCount, UnicodeTables.Syllable);

        ReadOnlySpan<byte> text = UnicodeFormData.Base64;
        byte[] data = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        Base64.DecodeFromUtf8(text, data, out _, out int length);
        NumberReader reader = new(data.AsSpan(0, length));
        ReadClasses(ref reader);
        _firstMapped = _entryCount;
        ReadMappings(ref reader, isCanonical: true);
        int canonicalCount = _mappingCount;
        ReadMappings(ref reader, isCanonical: false);
        AddCompositions(ReadExclusions(ref reader), canonicalCount);
        AddDecompositions();
        return new UnicodeTables(_entryOf, _entries, _parts, _compositions);
    }

    private void ReadClasses(ref NumberReader reader)
    {
        int codePoint = 0;
        for (int runs = reader.Read(); runs > 0; runs--)
        {
            codePoint += reader.Read();
            int end = codePoint + reader.Read();
            int entry = Share((byte)reader.Read(), joins: false);
            for (; codePoint < end; codePoint++) _entryOf.Set(codePoint, entry);
        }
    }

    // Runs of code points side by side whose mappings are equally long. Each part is told by what it differs from that of the one before.
    private void ReadMappings(ref NumberReader reader, bool isCanonical)
    {
        Span<int> parts = stackalloc int[1 << UnicodeEntry.LengthBits];
        parts.Clear();
        int codePoint = 0;
        for (int runs = reader.Read(); runs > 0; runs--)
        {
            codePoint += reader.Read();
            int end = codePoint + reader.Read(), length = reader.Read();
            for (; codePoint < end; codePoint++)
            {
                UnicodeEntry old = _entries[_entryOf[codePoint]];
                _entryOf.Set(codePoint, AddEntry(new UnicodeEntry { CombiningClass = old.CombiningClass }));
                Append(ref _mappings, ref _mappingCount, new Mapping(codePoint, _mappedCount, length, isCanonical));
                for (int i = 0; i < length; i++) Append(ref _mapped, ref _mappedCount, parts[i] += reader.ReadSigned());
            }
        }
    }

    private static HashSet<int> ReadExclusions(ref NumberReader reader)
    {
        HashSet<int> excluded = [];
        int codePoint = 0;
        for (int count = reader.Read(); count > 0; count--) excluded.Add(codePoint += reader.Read());
        return excluded;
    }

    // Of the canonical mappings those of two code points compose, except those that are excluded, and those that are no starter or begin
    // with none.
    private void AddCompositions(HashSet<int> excluded, int canonicalCount)
    {
        for (int i = 0; i < canonicalCount; i++)
        {
            Mapping mapping = _mappings[i];
            ref UnicodeEntry entry = ref _entries[_firstMapped + i];
            if (mapping.Length != 2 || excluded.Contains(mapping.CodePoint) || entry.CombiningClass != 0) continue;
            (int first, int second) = (_mapped[mapping.Start], _mapped[mapping.Start + 1]);
            if (_entries[_entryOf[first]].CombiningClass != 0) continue;
            _compositions.Add(first, second, mapping.CodePoint);
            entry.Recomposes = true;
            SetJoins(second);
        }
        for (int vowel = 0; vowel < Hangul.VowelCount; vowel++) SetJoins(Hangul.FirstVowel + vowel);
        for (int tail = 0; tail < Hangul.TailCount - 1; tail++) SetJoins(Hangul.FirstTail + tail);
    }

    private void SetJoins(int codePoint)
    {
        int index = _entryOf[codePoint];
        if (IsMapped(index)) _entries[index].Joins = true;
        else _entryOf.Set(codePoint, Share(_entries[index].CombiningClass, joins: true));
    }

    private void AddDecompositions()
    {
        for (int i = 0; i < _mappingCount; i++)
        {
            ref UnicodeEntry entry = ref _entries[_firstMapped + i];
            entry.Compatibility = Expand(_mappings[i], compatibility: true);
            if (!_mappings[i].IsCanonical) continue;
            entry.Canonical = Expand(_mappings[i], compatibility: false);
            if (!PartsAt(entry.Canonical).SequenceEqual(PartsAt(entry.Compatibility))) continue;
            _partCount = entry.Canonical >> UnicodeEntry.LengthBits;
            entry.Canonical = entry.Compatibility;
        }
    }

    private int Expand(Mapping mapping, bool compatibility)
    {
        int start = _partCount;
        AppendParts(mapping, compatibility);
        return (start << UnicodeEntry.LengthBits) | (_partCount - start);
    }

    private void AppendParts(Mapping mapping, bool compatibility)
    {
        foreach (int codePoint in _mapped.AsSpan(mapping.Start, mapping.Length))
        {
            int entry = _entryOf[codePoint];
            if (entry == UnicodeTables.Syllable)
            {
                (int lead, int vowel, int tail) = Hangul.Split(codePoint);
                AppendPart(lead, 0);
                AppendPart(vowel, 0);
                if (tail != 0) AppendPart(tail, 0);
            }
            else if (IsMapped(entry) && (compatibility || _mappings[entry - _firstMapped].IsCanonical))
            {
                AppendParts(_mappings[entry - _firstMapped], compatibility);
            }
            else
            {
                AppendPart(codePoint, _entries[entry].CombiningClass);
            }
        }
    }

    private void AppendPart(int codePoint, byte combiningClass) =>
        Append(ref _parts, ref _partCount, UnicodeTables.Pack(codePoint, combiningClass));

    private bool IsMapped(int entry) => (uint)(entry - _firstMapped) < (uint)_mappingCount;

    private ReadOnlySpan<uint> PartsAt(int place) =>
        _parts.AsSpan(place >> UnicodeEntry.LengthBits, place & ((1 << UnicodeEntry.LengthBits) - 1));

    private int Share(byte combiningClass, bool joins)
    {
        ref int entry = ref _shared[combiningClass + (joins ? 256 : 0)];
        if (entry == 0) entry = AddEntry(new UnicodeEntry { CombiningClass = combiningClass, Joins = joins });
        return entry;
    }

    private int AddEntry(UnicodeEntry entry)
    {
        Append(ref _entries, ref _entryCount, entry);
        return _entryCount - 1;
    }

    private static void Append<T>(ref T[] array, ref int count, T value)
    {
        if (count == array.Length) Array.Resize(ref array, count * 2);
        array[count++] = value;
    }

    private readonly struct Mapping(int codePoint, int start, int length, bool isCanonical)
    {
        public readonly int CodePoint = codePoint, Start = start, Length = length;
        public readonly bool IsCanonical = isCanonical;
    }
}
