using System.Security.Cryptography;
using System.Text;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>Reads and writes the ranks of <see cref="TiktokenFile"/>.</summary>
internal static class TiktokenRanks
{
    /// <summary>There may be so many ids for each token: a file with one huge rank must not take all memory.</summary>
    private const int MaxHoles = 8;

    // Longer ones are taken as whole pre-tokens alone: all their cuts would take time in proportion to the square of their length.
    private const int MaxMergedLength = 1024;

    private static readonly Comparer<BpeMerge> ByResult =
        Comparer<BpeMerge>.Create((one, other) => (one.Result, one.Left, one.Right).CompareTo((other.Result, other.Left, other.Right)));

    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names the line.
    /// </exception>
    /// <param name="path">The file.</param>
    /// <param name="specialTokens">Where null, those of the encoding that the file was published as; none where it was not.</param>
    /// <param name="preTokenizer">Where null, that of the encoding; refused where there is none.</param>
    public static BpeVocabulary Read(string path, IReadOnlyDictionary<string, int>? specialTokens, IPreTokenizer? preTokenizer)
    {
        TiktokenEncoding? encoding = preTokenizer is null || specialTokens is null ? Recognise(path) : null;
        specialTokens ??= encoding?.SpecialTokens ?? new Dictionary<string, int>();
        preTokenizer ??= encoding?.PreTokenizer;
        List<TiktokenLine> lines = TiktokenLine.ReadAll(path);
        byte[]?[] tokens = Place(lines, specialTokens, path);
        int[] byteIds = IndexBytes(lines, path);
        if (preTokenizer is null)
            throw new InvalidDataException(
                $"{path} is a rank file, which does not say how text is cut, and none that is known by its content: name its encoding, " +
                "such as cl100k_base, or a pattern.");
        List<BpeMerge>? merges = RecoverMerges(lines, byteIds);
        try
        {
            return new BpeVocabulary(new BpeParts
            {
                Tokens = tokens,
                Merges = merges ?? FindMerges(lines),
                AddedTokens = [.. specialTokens.Select(token => new AddedToken(token.Key, token.Value))],
                PreTokenizer = preTokenizer,
                ByteIds = byteIds,
                IgnoresMerges = merges is null,
            });
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path} is not a byte-level BPE vocabulary: {e.Message}", e);
        }
    }

    /// <summary>The encoding that a file was published as; null for any other file.</summary>
    public static TiktokenEncoding? Recognise(string path)
    {
        VocabularyFile.CheckSize(path);
        using FileStream file = FileOperations.OpenRead(path);
        return TiktokenEncoding.Find(Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <exception cref="InvalidOperationException">The ranks alone would give other merges.</exception>
    public static void Write(BpeVocabulary vocabulary, string path)
    {
        CheckRanksSuffice(vocabulary);
        HashSet<int> added = [.. vocabulary.Parts.AddedTokens.Select(token => token.Id)];
        using AtomicFile file = new(path);
        using (StreamWriter text = new(file.Stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" })
        {
            for (int id = 0; id < vocabulary.VocabSize; id++)
            {
                if (vocabulary.HasToken(id) && !added.Contains(id))
                    text.WriteLine($"{Convert.ToBase64String(vocabulary.GetMergedBytes(id))} {id}");
            }
        }
        file.Commit();
    }

    private static byte[]?[] Place(List<TiktokenLine> lines, IReadOnlyDictionary<string, int> specialTokens, string path)
    {
        long size = lines.Select(line => line.Id).Concat(specialTokens.Values).Append(-1).Max() + 1L;
        if (size > Math.Max(1 << 16, (long)MaxHoles * lines.Count))
            throw new InvalidDataException($"{path} has {lines.Count} tokens, but ids up to {size - 1}: they must leave few numbers out.");
        byte[]?[] vocabulary = new byte[]?[size];
        foreach (TiktokenLine line in lines) Set(line.Id, line.Token, $"{path}, line {line.Number}: the id");
        foreach ((string text, int id) in specialTokens)
            Set(id, Encoding.UTF8.GetBytes(text), $"{path}: the id of special token {VocabularyFile.Quote(text)}");
        return vocabulary;

        void Set(int id, byte[] token, string what)
        {
            if (id < 0) throw new InvalidDataException($"{what} is {id}, but ids begin at 0.");
            if (vocabulary[id] is not null) throw new InvalidDataException($"{what} is {id}, which another token has too.");
            vocabulary[id] = token;
        }
    }

    private static int[] IndexBytes(List<TiktokenLine> lines, string path)
    {
        int[] ids = new int[256];
        Array.Fill(ids, -1);
        foreach (TiktokenLine line in lines)
        {
            if (line.Token is [byte value]) ids[value] = line.Id;
        }
        int missing = Array.IndexOf(ids, -1);
        return missing < 0
            ? ids
            : throw new InvalidDataException(
                $"{path} has no token for the byte 0x{missing:x2}, but a byte-level vocabulary has all 256 bytes.");
    }

    /// <summary>The merges that made the tokens; null where some were not made by merging two others.</summary>
    private static List<BpeMerge>? RecoverMerges(List<TiktokenLine> lines, int[] byteIds)
    {
        BpeMergeRecovery recovery = new(byteIds);
        List<BpeMerge> merges = [];
        foreach (TiktokenLine line in lines.Where(line => line.Token.Length > 1).OrderBy(line => line.Id))
        {
            if (!recovery.TryAdd(line.Token, line.Id, out BpeMerge merge)) return null;
            merges.Add(merge);
        }
        return merges;
    }

    /// <summary>
    /// All merges of two tokens into a third, by the third one's rank, as tiktoken merges. It takes a whole pre-token that is a token
    /// first, so those that no merge makes are found as well.
    /// </summary>
    private static List<BpeMerge> FindMerges(List<TiktokenLine> lines)
    {
        Dictionary<byte[], int> ids = new(ByteSequenceComparer.Instance);
        foreach (TiktokenLine line in lines) ids[line.Token] = line.Id;
        Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> find = ids.GetAlternateLookup<ReadOnlySpan<byte>>();
        List<BpeMerge> merges = [];
        foreach (TiktokenLine line in lines.Where(line => line.Token.Length <= MaxMergedLength).OrderBy(line => line.Id))
        {
            for (int cut = 1; cut < line.Token.Length; cut++)
            {
                if (find.TryGetValue(line.Token.AsSpan(0, cut), out int left) && find.TryGetValue(line.Token.AsSpan(cut), out int right))
                    merges.Add(new BpeMerge(left, right, line.Id));
            }
        }
        return merges;
    }

    /// <summary>
    /// Where whole pre-tokens that are tokens go before merges, the merges must be all that there are, by the rank of what they make.
    /// </summary>
    private static void CheckRanksAreMerges(BpeVocabulary vocabulary)
    {
        HashSet<int> added = [.. vocabulary.Parts.AddedTokens.Select(token => token.Id)];
        List<TiktokenLine> lines = [.. Enumerable.Range(0, vocabulary.VocabSize).Where(id => vocabulary.HasToken(id) && !added.Contains(id))
            .Select(id => new TiktokenLine(vocabulary.GetMergedBytes(id).ToArray(), id, id))];
        int[] byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetByteId((byte)value))];
        bool isWhole = !byteIds.Contains(-1)
            && lines.Select(line => line.Token).Distinct(ByteSequenceComparer.Instance).Count() == lines.Count;
        List<BpeMerge>? recovered = isWhole ? RecoverMerges(lines, byteIds) : null;
        if (isWhole && (recovered is not null && recovered.SequenceEqual(vocabulary.Merges)
            || FindMerges(lines).Order(ByResult).SequenceEqual(vocabulary.Merges.Order(ByResult)) && AreRising(vocabulary.Merges)))
            return;
        throw new InvalidOperationException(
            "The model cannot be written as a rank file: its merges are not those that ids alone would give. Save it as tokenizer.json.");

        static bool AreRising(IReadOnlyList<BpeMerge> merges) =>
            merges.Zip(merges.Skip(1)).All(pair => pair.First.Result <= pair.Second.Result);
    }

    private static void CheckRanksSuffice(BpeVocabulary vocabulary)
    {
        BpeParts parts = vocabulary.Parts;
        if (parts.CharacterIds is not null || !parts.Normalizer.IsNone || !parts.Preparation.IsNone
            || parts.AddedTokens.Any(token => !token.IsSpecial)
            || parts.UnknownId is not null)
            throw new InvalidOperationException(
                "The model cannot be written as a rank file: those hold bytes and ranks, but neither normalization, nor added tokens " +
                "that are not special, nor one for what is unknown. Save it as tokenizer.json.");
        if (parts.IgnoresMerges)
        {
            CheckRanksAreMerges(vocabulary);
            return;
        }
        BpeMergeRecovery recovery = new([.. Enumerable.Range(0, 256).Select(value => vocabulary.GetByteId((byte)value))]);
        int last = -1, made = 0;
        foreach (BpeMerge merge in vocabulary.Merges)
        {
            ReadOnlySpan<byte> token = vocabulary.GetTokenBytes(merge.Result);
            if (merge.Result <= last || !recovery.TryAdd(token, merge.Result, out BpeMerge recovered) || recovered != merge)
                throw new InvalidOperationException(
                    $"The model cannot be written as a rank file: {merge} is not the merge that ids alone would give. " +
                    "Save it as tokenizer.json.");
            last = merge.Result;
            made++;
        }
        int tokens = Enumerable.Range(0, vocabulary.VocabSize).Count(vocabulary.HasToken);
        if (made + 256 + parts.AddedTokens.Count != tokens)
            throw new InvalidOperationException(
                "The model cannot be written as a rank file: it has tokens that no merge makes. Save it as tokenizer.json.");
    }
}
