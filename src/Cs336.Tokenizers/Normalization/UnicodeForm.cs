using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>A normalization form over UTF-8: finds the clusters that are not in it, and brings them into it.</summary>
/// <remarks>
/// A cluster begins with a code point that nothing before it changes or is changed by, and goes up to the next of these, so it becomes the same
/// whatever is around it. Bytes that are not well-formed stand between clusters.
/// </remarks>
internal sealed class UnicodeForm
{
    private static readonly Lazy<UnicodeForm> C = new(() => new UnicodeForm(NormalizationForm.FormC));
    private static readonly Lazy<UnicodeForm> D = new(() => new UnicodeForm(NormalizationForm.FormD));
    private static readonly Lazy<UnicodeForm> KC = new(() => new UnicodeForm(NormalizationForm.FormKC));
    private static readonly Lazy<UnicodeForm> KD = new(() => new UnicodeForm(NormalizationForm.FormKD));

    private readonly UnicodeTables _tables = UnicodeTables.Instance;
    private readonly bool _composes, _isCompatible;
    private readonly CodePointTraits[] _traits;

    // The first bytes of all code points that have a trait: as a set to search for, and as a bit for each byte from 0xC0.
    private readonly SearchValues<byte> _leads;
    private readonly ulong _leadBits;

    private UnicodeForm(NormalizationForm form)
    {
        _composes = form is NormalizationForm.FormC or NormalizationForm.FormKC;
        _isCompatible = form is NormalizationForm.FormKC or NormalizationForm.FormKD;
        _traits = new CodePointTraits[_tables.Entries.Length];
        for (int entry = 0; entry < _traits.Length; entry++) _traits[entry] = FindTraits(entry);
        ulong leadBits = 0;
        _tables.EntryOf.ForEach((codePoint, entry) =>
        {
            if (_traits[entry] != CodePointTraits.None) leadBits |= 1UL << (Utf8CodePoint.FirstByte(codePoint) - 0xC0);
        });
        _leadBits = leadBits;
        _leads = SearchValues.Create([.. Enumerable.Range(0xC0, 0x40).Select(value => (byte)value).Where(IsLead)]);
    }

    /// <summary>A form, whose tables are loaded when it is first asked for.</summary>
    public static UnicodeForm Of(NormalizationForm form) => form switch
    {
        NormalizationForm.FormC => C.Value,
        NormalizationForm.FormD => D.Value,
        NormalizationForm.FormKC => KC.Value,
        NormalizationForm.FormKD => KD.Value,
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "There are NFC, NFD, NFKC and NFKD."),
    };

    /// <summary>Whether a code point begins a cluster, so that text can be cut before it.</summary>
    public bool BeginsCluster(int codePoint) => (TraitsOf(codePoint) & CodePointTraits.Joins) == 0;

    /// <summary>Whether a text is in the form.</summary>
    public bool Holds(ReadOnlySpan<byte> text)
    {
        ClusterBuffer? buffer = null;
        int position = 0;
        while (FindCluster(text, ref position, out int start))
        {
            ReadOnlySpan<byte> cluster = text[start..position];
            if (!Normalize(cluster, buffer ??= new ClusterBuffer()).SequenceEqual(cluster)) return false;
        }
        return true;
    }

    /// <summary>Writes a text in the form.</summary>
    public void Write(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        ClusterBuffer? buffer = null;
        int written = 0, position = 0;
        while (FindCluster(text, ref position, out int start))
        {
            ReadOnlySpan<byte> normalized = Normalize(text[start..position], buffer ??= new ClusterBuffer());
            output.Write(text[written..start]);
            output.Write(normalized);
            written = position;
        }
        output.Write(text[written..]);
    }

    /// <summary>Finds the next cluster that may be other than the form; its end is where the search goes on.</summary>
    private bool FindCluster(ReadOnlySpan<byte> text, ref int position, out int start)
    {
        while ((position = FindTrait(text, position)) < text.Length)
        {
            int codePoint = Utf8CodePoint.Decode(text[position..], out int length);
            start = position - (BeginsCluster(codePoint) ? 0 : LengthOfLast(text[..position]));
            if (EndCluster(text, start, out position)) return true;
        }
        start = text.Length;
        return false;
    }

    /// <summary>The next code point with a trait; the text's end where there is none.</summary>
    private int FindTrait(ReadOnlySpan<byte> text, int position)
    {
        while (position < text.Length)
        {
            int skipped = text[position..].IndexOfAny(_leads);
            if (skipped < 0) break;
            position += skipped;
            do
            {
                int codePoint = Utf8CodePoint.Decode(text[position..], out int length);
                if (codePoint >= 0 && TraitsOf(codePoint) != CodePointTraits.None) return position;
                position += length;
            }
            while (position < text.Length && IsLead(text[position]));
        }
        return text.Length;
    }

    /// <summary>
    /// Finds a cluster's end, and tells whether it may be other than the form: that it is not, is certain where nothing in it is decomposed or
    /// composed and its marks are in order.
    /// </summary>
    private bool EndCluster(ReadOnlySpan<byte> text, int start, out int end)
    {
        bool isOther = false;
        int lastClass = 0;
        for (end = start; end < text.Length;)
        {
            int codePoint = Utf8CodePoint.Decode(text[end..], out int length);
            if (codePoint < 0) break;
            int entry = _tables.EntryOf[codePoint];
            CodePointTraits traits = _traits[entry];
            if ((traits & CodePointTraits.Joins) == 0 && end > start) break;
            int combiningClass = _tables.Entries[entry].CombiningClass;
            isOther |= (traits & CodePointTraits.Rewritten) != 0 || (combiningClass != 0 && combiningClass < lastClass);
            lastClass = combiningClass;
            end += length;
        }
        return isOther;
    }

    private ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> cluster, ClusterBuffer buffer)
    {
        buffer.Clear();
        while (!cluster.IsEmpty)
        {
            int codePoint = Utf8CodePoint.Decode(cluster, out int length);
            int index = _tables.EntryOf[codePoint];
            ref readonly UnicodeEntry entry = ref _tables.Entries[index];
            ReadOnlySpan<uint> decomposition = _tables.Decomposition(entry, _isCompatible);
            if (!decomposition.IsEmpty) buffer.Add(decomposition);
            else if (index == UnicodeTables.Syllable) buffer.AddSyllable(codePoint);
            else buffer.Add(UnicodeTables.Pack(codePoint, entry.CombiningClass));
            cluster = cluster[length..];
        }
        buffer.Sort();
        if (_composes) buffer.Compose(_tables.Compositions);
        return buffer.Encode();
    }

    private CodePointTraits FindTraits(int index)
    {
        if (index == UnicodeTables.Syllable) return _composes ? CodePointTraits.None : CodePointTraits.Rewritten;
        UnicodeEntry entry = _tables.Entries[index];
        ReadOnlySpan<uint> decomposition = _tables.Decomposition(entry, _isCompatible);
        UnicodeEntry first = decomposition.IsEmpty ? entry : _tables.Entries[_tables.EntryOf[UnicodeTables.CodePointOf(decomposition[0])]];
        bool composes = _composes && first.Joins;
        bool recomposes = _composes && entry.Recomposes && (!_isCompatible || entry.Canonical == entry.Compatibility);
        CodePointTraits traits = CodePointTraits.None;
        if (composes || first.CombiningClass != 0) traits |= CodePointTraits.Joins;
        if (composes || (!decomposition.IsEmpty && !recomposes)) traits |= CodePointTraits.Rewritten;
        return traits;
    }

    private CodePointTraits TraitsOf(int codePoint) => _traits[_tables.EntryOf[codePoint]];

    private bool IsLead(byte value) => value >= 0xC0 && ((_leadBits >> (value - 0xC0)) & 1) != 0;

    private static int LengthOfLast(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out _, out int length) == OperationStatus.Done ? length : 0;
}
