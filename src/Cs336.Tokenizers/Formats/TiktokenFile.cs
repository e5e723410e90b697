using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Tiktoken's rank files (<c>r50k_base.tiktoken</c> and the like): a line for each token, its bytes in base64 and its id,
/// which is also its rank among merges. The merges themselves are not in the file, and are worked out from the ranks.
/// </summary>
/// <remarks>
/// The file holds neither special tokens nor the pattern that cuts text: both are named when it is loaded. Models whose
/// tokens were all made by merges encode alike here and in tiktoken; any others are refused.
/// </remarks>
public static class TiktokenFile
{
    /// <summary>Loads a rank file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="specialTokens">The text and id of each special token: together with the file's ids they must be 0, 1, 2 and so on.</param>
    /// <param name="preTokenizer">What cuts text before merging; GPT-2's by default, which is the one for <c>r50k_base</c>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or is not a whole byte-level BPE vocabulary; the message names the line.</exception>
    public static BpeModel Load(
        string path, IReadOnlyDictionary<string, int>? specialTokens = null, IPreTokenizer? preTokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no {path}: name a tiktoken rank file.", path);
        specialTokens ??= new Dictionary<string, int>();
        List<TiktokenLine> lines = TiktokenLine.ReadAll(path);
        byte[][] vocabulary = Place(lines, specialTokens, path);
        int[] byteIds = IndexBytes(lines, path);
        try
        {
            return new BpeModel(vocabulary, RecoverMerges(lines, byteIds, path), specialTokens, preTokenizer);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path} is not a byte-level BPE vocabulary: {e.Message}", e);
        }
    }

    /// <summary>Writes a model's ordinary tokens as a rank file, which appears whole or not at all. Special tokens are not part of such files.</summary>
    /// <exception cref="InvalidOperationException">The model cannot be told by its ranks alone: its merges are not in the order of ids, or lead elsewhere.</exception>
    public static void Save(BpeModel model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckRanksSuffice(model);
        HashSet<int> special = [.. model.SpecialTokens.Values];
        using AtomicFile file = new(path);
        using (StreamWriter text = new(file.Stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" })
        {
            for (int id = 0; id < model.VocabSize; id++)
            {
                if (!special.Contains(id)) text.WriteLine($"{Convert.ToBase64String(model.GetTokenBytes(id))} {id}");
            }
        }
        file.Commit();
    }

    private static byte[][] Place(List<TiktokenLine> lines, IReadOnlyDictionary<string, int> specialTokens, string path)
    {
        byte[][] vocabulary = new byte[lines.Count + specialTokens.Count][];
        foreach (TiktokenLine line in lines) Set(line.Id, line.Token, $"{path}, line {line.Number}: the id");
        foreach ((string text, int id) in specialTokens)
            Set(id, Encoding.UTF8.GetBytes(text), $"{path}: the id of special token {VocabularyFile.Quote(text)}");
        return vocabulary;

        void Set(int id, byte[] token, string what)
        {
            if ((uint)id >= (uint)vocabulary.Length)
                throw new InvalidDataException(
                    $"{what} is {id}, but {lines.Count} tokens and {specialTokens.Count} special tokens have the ids 0 to {vocabulary.Length - 1}: " +
                    "name special tokens for the ids that the file leaves out.");
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
            : throw new InvalidDataException($"{path} has no token for the byte 0x{missing:x2}, but a byte-level vocabulary has all 256 bytes.");
    }

    private static List<BpeMerge> RecoverMerges(List<TiktokenLine> lines, int[] byteIds, string path)
    {
        BpeMergeRecovery recovery = new(byteIds);
        List<BpeMerge> merges = [];
        foreach (TiktokenLine line in lines.Where(line => line.Token.Length > 1).OrderBy(line => line.Id))
        {
            if (!recovery.TryAdd(line.Token, line.Id, out BpeMerge merge))
                throw new InvalidDataException(
                    $"{path}, line {line.Number}: the tokens before {VocabularyFile.Quote(Gpt2ByteAlphabet.Spell(line.Token))} (id {line.Id}) " +
                    "do not merge into two parts of it, so no merge makes it: such vocabularies cannot be loaded.");
            merges.Add(merge);
        }
        return merges;
    }

    private static void CheckRanksSuffice(BpeModel model)
    {
        BpeMergeRecovery recovery = new([.. Enumerable.Range(0, 256).Select(value => model.GetByteId((byte)value))]);
        int last = -1;
        foreach (BpeMerge merge in model.Merges)
        {
            if (merge.Result <= last || !recovery.TryAdd(model.GetTokenBytes(merge.Result), merge.Result, out BpeMerge recovered) || recovered != merge)
                throw new InvalidOperationException(
                    $"The model cannot be written as a rank file: {merge} is not the merge that ids alone would give. Save it as tokenizer.json.");
            last = merge.Result;
        }
        if (model.Merges.Count + 256 + model.SpecialTokens.Count != model.VocabSize)
            throw new InvalidOperationException(
                "The model cannot be written as a rank file: it has tokens that no merge makes. Save it as tokenizer.json.");
    }
}
