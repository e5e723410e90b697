using System.Buffers;
using System.Numerics;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>A normalization form over UTF-8: finds the clusters that are not in it, and brings them into it.</summary>
/// <remarks>
/// A cluster begins with a code point that nothing before it changes or is changed by, and goes up to the next of these, so it becomes the
/// same whatever is around it. Bytes that are not well-formed stand between clusters.
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
        _leads = SearchValues.Create(Leads(leadBits));
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
    public bool BeginsCluster(int codePoint) => (_traits[_tables.EntryOf[codePoint]] & CodePointTraits.Joins) == 0;

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
            if (start > written) output.Write(text[written..start]);
            output.Write(normalized);
            written = position;
        }
        output.Write(text[written..]);
    }

    /// <summary>Finds the next cluster that may be other than the form; its end is where the search goes on.</summary>
    private bool FindCluster(ReadOnlySpan<byte> text, ref int position, out int start)
    {
        start = position = FindOther(text, position);
        if (position == text.Length) return false;
        int codePoint = Utf8CodePoint.Decode(text[position..], out int length);
        position += length;
        while (!BeginsCluster(codePoint) && Rune.DecodeLastFromUtf8(text[..start], out Rune before, out length) == OperationStatus.Done)
        {
            codePoint = before.Value;
            start -= length;
        }
        while (position < text.Length && Utf8CodePoint.Decode(text[position..], out length) is >= 0 and int next && !BeginsCluster(next))
        {
            position += length;
        }
        return true;
    }

    /// <summary>
    /// The next code point by which a text may be other than the form: one that may be decomposed or composed, or a mark that is not in
    /// order. The text's end where there is none.
    /// </summary>
    private int FindOther(ReadOnlySpan<byte> text, int position)
    {
        ReadOnlySpan<UnicodeEntry> entries = _tables.Entries;
        while (position < text.Length)
        {
            int skipped = text[position..].IndexOfAny(_leads);
            if (skipped < 0) break;
            position += skipped;
            int lastClass = 0;
            do
            {
                int codePoint = Utf8CodePoint.Decode(text[position..], out int length);
                int entry = codePoint < 0 ? UnicodeTables.Plain : _tables.EntryOf[codePoint];
                int combiningClass = entries[entry].CombiningClass;
                bool isInOrder = combiningClass == 0 || combiningClass >= lastClass;
                if (!isInOrder || (_traits[entry] & CodePointTraits.Rewritten) != 0) return position;
                lastClass = combiningClass;
                position += length;
            }
            while (position < text.Length && IsLead(text[position]));
        }
        return text.Length;
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

    private static byte[] Leads(ulong bits)
    {
        byte[] leads = new byte[BitOperations.PopCount(bits)];
        for (int i = 0; bits != 0; bits &= bits - 1) leads[i++] = (byte)(0xC0 + BitOperations.TrailingZeroCount(bits));
        return leads;
    }

    private bool IsLead(byte value) => value >= 0xC0 && ((_leadBits >> (value - 0xC0)) & 1) != 0;
}
