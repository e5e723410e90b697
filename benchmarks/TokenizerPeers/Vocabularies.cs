using Cs336.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>Other vocabularies than GPT-2's: a <c>tokenizer.json</c> in each folder of one.</summary>
internal static class Vocabularies
{
    /// <summary>What the rank file for Microsoft.ML.Tokenizers is called in a vocabulary's folder.</summary>
    public const string RanksName = "ranks.tiktoken";

    private const string PartPrefix = "vocabulary-";

    /// <summary>A part for each vocabulary: ours, Microsoft.ML's where it is one over bytes, and Hugging Face's.</summary>
    public static Part[] MakeParts(ComparisonOptions options, string work) => options.Vocabularies is null
        ? []
        : [.. Directory.GetDirectories(options.Vocabularies).Where(folder => File.Exists(Path.Combine(folder, "tokenizer.json"))).Order()
            .Select(folder => MakePart(options, folder, work))];

    /// <summary>The vocabulary that a part is about.</summary>
    public static string NameOf(Part part) => part.Name[PartPrefix.Length..];

    private static Part MakePart(ComparisonOptions options, string source, string work)
    {
        string name = Path.GetFileName(source), folder = Path.Combine(work, name);
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(source, "tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        bool hasRanks = TryWriteRanks(BpeModel.Load(folder), Path.Combine(folder, RanksName));
        string all = long.MaxValue.ToString(), slow = options.SlowBytes.ToString();
        string[] Own(string peer, string bytes) => ["worker", "encode", peer, options.Text, bytes, folder];
        return new Part(PartPrefix + name,
        [
            new("Cs336.Tokenizers", Environment.ProcessPath!, Own("cs336", all)),
            .. Machine.UsesAvx512
                ? [new("Cs336.Tokenizers without AVX-512", Environment.ProcessPath!, Own("cs336", all),
                new() { ["DOTNET_EnableAVX512"] = "0" })] : (Contestant[])[],
            new("Cs336.Tokenizers on the sample", Environment.ProcessPath!, Own("cs336", slow)),
            .. hasRanks
                ? [new("Microsoft.ML.Tokenizers 2.0.1 (Tiktoken)", Environment.ProcessPath!, Own("microsoft", all))]
                : (Contestant[])[],
            new("Hugging Face tokenizers 0.23.2 (Rust, from Node)", "node",
                [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), "encode", "tokenizers", options.Text, slow, folder]),
        ]);
    }

    /// <summary>Writes bytes and ids, by which Microsoft.ML merges as tiktoken does; not for vocabularies over characters.</summary>
    private static bool TryWriteRanks(BpeModel model, string path)
    {
        if (model.GetByteId(0x80) < 0 || model.GetTokenBytes(model.GetByteId(0x80)) is not [0x80] || model.PreTokenizer.Pattern.Length == 0)
            return false;
        HashSet<int> added = [.. model.AddedTokens.Select(token => token.Id)];
        using StreamWriter ranks = new(path) { NewLine = "\n" };
        for (int id = 0; id < model.VocabSize; id++)
        {
            ReadOnlySpan<byte> bytes = model.GetTokenBytes(id);
            if (!bytes.IsEmpty && !added.Contains(id)) ranks.WriteLine($"{Convert.ToBase64String(bytes)} {id}");
        }
        return true;
    }
}
