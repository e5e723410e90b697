using System.Text;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>Reads and writes the ranks of <see cref="TiktokenFile"/>.</summary>
internal static class TiktokenRanks
{
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names the line.
    /// </exception>
    public static BpeVocabulary Read(string path, IReadOnlyDictionary<string, int> specialTokens, IPreTokenizer? preTokenizer)
    {
        List<TiktokenLine> lines = TiktokenLine.ReadAll(path);
        byte[][] tokens = Place(lines, specialTokens, path);
        int[] byteIds = IndexBytes(lines, path);
        try
        {
            return new BpeVocabulary(tokens, RecoverMerges(lines, byteIds, path), specialTokens, preTokenizer);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path} is not a byte-level BPE vocabulary: {e.Message}", e);
        }
    }

    /// <exception cref="InvalidOperationException">The ranks alone would give other merges.</exception>
    public static void Write(BpeVocabulary vocabulary, string path)
    {
        CheckRanksSuffice(vocabulary);
        HashSet<int> special = [.. vocabulary.SpecialTokens.Values];
        using AtomicFile file = new(path);
        using (StreamWriter text = new(file.Stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" })
        {
            for (int id = 0; id < vocabulary.VocabSize; id++)
            {
                if (!special.Contains(id)) text.WriteLine($"{Convert.ToBase64String(vocabulary.GetTokenBytes(id))} {id}");
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
                    $"{what} is {id}, but {lines.Count} tokens and {specialTokens.Count} special tokens " +
                    $"have the ids 0 to {vocabulary.Length - 1}: name special tokens for the ids that the file leaves out.");
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

    private static List<BpeMerge> RecoverMerges(List<TiktokenLine> lines, int[] byteIds, string path)
    {
        BpeMergeRecovery recovery = new(byteIds);
        List<BpeMerge> merges = [];
        foreach (TiktokenLine line in lines.Where(line => line.Token.Length > 1).OrderBy(line => line.Id))
        {
            if (!recovery.TryAdd(line.Token, line.Id, out BpeMerge merge))
                throw new InvalidDataException(
                    $"{path}, line {line.Number}: the tokens before " +
                    $"{VocabularyFile.Quote(Gpt2ByteAlphabet.Spell(line.Token))} (id {line.Id}) " +
                    "do not merge into two parts of it, so no merge makes it: such vocabularies cannot be loaded.");
            merges.Add(merge);
        }
        return merges;
    }

    private static void CheckRanksSuffice(BpeVocabulary vocabulary)
    {
        BpeMergeRecovery recovery = new([.. Enumerable.Range(0, 256).Select(value => vocabulary.GetByteId((byte)value))]);
        int last = -1;
        foreach (BpeMerge merge in vocabulary.Merges)
        {
            ReadOnlySpan<byte> token = vocabulary.GetTokenBytes(merge.Result);
            if (merge.Result <= last || !recovery.TryAdd(token, merge.Result, out BpeMerge recovered) || recovered != merge)
                throw new InvalidOperationException(
                    $"The model cannot be written as a rank file: {merge} is not the merge that ids alone would give. " +
                    "Save it as tokenizer.json.");
            last = merge.Result;
        }
        if (vocabulary.Merges.Count + 256 + vocabulary.SpecialTokens.Count != vocabulary.VocabSize)
            throw new InvalidOperationException(
                "The model cannot be written as a rank file: it has tokens that no merge makes. Save it as tokenizer.json.");
    }
}
