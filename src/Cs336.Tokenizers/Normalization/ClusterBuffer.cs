namespace Cs336.Tokenizers;

/// <summary>A cluster that is being normalized: code points with combining classes, packed as <see cref="UnicodeTables"/> says.</summary>
internal sealed class ClusterBuffer
{
    // Longer runs of marks are sorted by counting, in time that grows with their length alone.
    private const int LongRun = 16;

    private uint[] _codePoints = new uint[32];
    private uint[] _unsorted = [];
    private byte[] _utf8 = new byte[128];
    private int _count;

    /// <summary>Forgets the cluster.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a code point that is not decomposed.</summary>
    public void Add(uint packed)
    {
        if (_count == _codePoints.Length) Array.Resize(ref _codePoints, checked(_count * 2));
        _codePoints[_count++] = packed;
    }

    /// <summary>Adds a decomposition.</summary>
    public void Add(ReadOnlySpan<uint> decomposition)
    {
        foreach (uint packed in decomposition) Add(packed);
    }

    /// <summary>Adds what a Hangul syllable is decomposed into.</summary>
    public void AddSyllable(int codePoint)
    {
        (int lead, int vowel, int tail) = Hangul.Split(codePoint);
        Add(UnicodeTables.Pack(lead, 0));
        Add(UnicodeTables.Pack(vowel, 0));
        if (tail != 0) Add(UnicodeTables.Pack(tail, 0));
    }

    /// <summary>Sorts each run of marks by combining class; those of the same class stay in the order that they have.</summary>
    public void Sort()
    {
        for (int i = 0; i < _count; i++)
        {
            if (UnicodeTables.ClassOf(_codePoints[i]) == 0) continue;
            int start = i;
            bool isSorted = true;
            while (++i < _count && UnicodeTables.ClassOf(_codePoints[i]) is > 0 and byte combiningClass)
            {
                isSorted &= combiningClass >= UnicodeTables.ClassOf(_codePoints[i - 1]);
            }
            if (isSorted) continue;
            if (i - start > LongRun) SortLong(_codePoints.AsSpan(start, i - start));
            else SortShort(_codePoints.AsSpan(start, i - start));
        }
    }

    /// <summary>Composes each starter with what follows it, up to what keeps them apart.</summary>
    public void Compose(CompositionTable compositions)
    {
        int kept = 0, starter = -1, lastClass = 0;
        for (int i = 0; i < _count; i++)
        {
            uint packed = _codePoints[i];
            int combiningClass = UnicodeTables.ClassOf(packed);

            // A code point reaches the starter past those of lower classes alone; another starter keeps it from everything.
            if (starter >= 0 && (kept == starter + 1 || lastClass < combiningClass))
            {
                int composite = compositions.Find(UnicodeTables.CodePointOf(_codePoints[starter]), UnicodeTables.CodePointOf(packed));
                if (composite != 0)
                {
                    _codePoints[starter] = UnicodeTables.Pack(composite, 0);
                    continue;
                }
            }
            if (combiningClass == 0) starter = kept;
            lastClass = combiningClass;
            _codePoints[kept++] = packed;
        }
        _count = kept;
    }

    /// <summary>The cluster in UTF-8, which stays until the next one is encoded.</summary>
    public ReadOnlySpan<byte> Encode()
    {
        int needed = checked(_count * 4), length = 0;
        if (_utf8.Length < needed) _utf8 = new byte[needed];
        for (int i = 0; i < _count; i++) length += Utf8CodePoint.Encode(UnicodeTables.CodePointOf(_codePoints[i]), _utf8.AsSpan(length));
        return _utf8.AsSpan(0, length);
    }

    private static void SortShort(Span<uint> marks)
    {
        for (int i = 1; i < marks.Length; i++)
        {
            uint mark = marks[i];
            int place = i;
            for (; place > 0 && UnicodeTables.ClassOf(marks[place - 1]) > UnicodeTables.ClassOf(mark); place--)
            {
                marks[place] = marks[place - 1];
            }
            marks[place] = mark;
        }
    }

    private void SortLong(Span<uint> marks)
    {
        if (_unsorted.Length < marks.Length) _unsorted = new uint[_codePoints.Length];
        Span<uint> unsorted = _unsorted.AsSpan(0, marks.Length);
        marks.CopyTo(unsorted);

        Span<int> places = stackalloc int[257];
        places.Clear();
        foreach (uint mark in unsorted) places[UnicodeTables.ClassOf(mark) + 1]++;
        for (int i = 1; i < places.Length; i++) places[i] += places[i - 1];
        foreach (uint mark in unsorted) marks[places[UnicodeTables.ClassOf(mark)]++] = mark;
    }
}
