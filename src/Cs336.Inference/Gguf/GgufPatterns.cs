using System.Text.Unicode;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>What llama.cpp calls the patterns that cut text, <c>tokenizer.ggml.pre</c>.</summary>
/// <remarks>
/// With some of these names a pre-token that is a token is that token, even where merges lead elsewhere; with others only merges count.
/// A vocabulary is written by a name that gives its own ids.
/// </remarks>
internal static class GgufPatterns
{
    private static readonly (string Pre, IPreTokenizer Pattern, bool IgnoresMerges)[] Known =
    [
        ("gpt-2", PreTokenizers.Gpt2, false),
        ("llama-bpe", PreTokenizers.Cl100k, true),
        ("dbrx", PreTokenizers.Cl100k, false),
        ("qwen2", PreTokenizers.Qwen2, false),
        ("gpt-4o", PreTokenizers.O200k, false),
        ("tekken", PreTokenizers.Tekken, true),
    ];

    /// <summary>The names.</summary>
    public static IEnumerable<string> Names => Known.Select(known => known.Pre);

    /// <summary>The pattern of a name, and whether tokens go before merges; null for a name that is not known here.</summary>
    public static (IPreTokenizer Pattern, bool IgnoresMerges)? Find(string pre)
    {
        foreach ((string name, IPreTokenizer pattern, bool ignoresMerges) in Known)
            if (name == pre) return (pattern, ignoresMerges);
        return null;
    }

    /// <summary>The name for a vocabulary; null where there is none, with the reason.</summary>
    public static string? NameOf(BpeModel model, out string problem)
    {
        problem = "";
        string pattern = model.PreTokenizer.Pattern;
        var fitting = Known.Where(known => known.Pattern.Pattern == pattern).ToArray();
        if (fitting.Length == 0)
        {
            problem = $"the tokenizer cuts text by the pattern {SafetensorsEntry.Cut(pattern)}, which has no name in llama.cpp: "
                + $"it knows those of {string.Join(", ", Names)}";
            return null;
        }
        string? name = fitting.FirstOrDefault(known => known.IgnoresMerges == model.IgnoresMerges).Pre;
        if (model.IgnoresMerges == fitting[0].IgnoresMerges || MergesReachEveryToken(model)) return fitting[0].Pre;
        if (name is null)
            problem = $"the tokenizer {(model.IgnoresMerges ? "takes whole tokens before merges" : "goes by merges alone")}, "
                + $"which is not so in llama.cpp with the pattern {fitting[0].Pre}, and it makes a difference for this vocabulary";
        return name;
    }

    /// <summary>
    /// Whether merges make of each token that can be a whole pre-token just this token, so that it matters not which go first.
    /// </summary>
    private static bool MergesReachEveryToken(BpeModel model)
    {
        HashSet<int> apart = [.. model.AddedTokens.Select(token => token.Id)];
        foreach (BpeMerge merge in model.Merges) apart.ExceptWith([merge.Left, merge.Right, merge.Result]);
        byte[] none = [0xFF, 0xFF]; // stands for all other ids: no text has it, and no merge makes it
        byte[][] tokens =
            [.. Enumerable.Range(0, model.VocabSize).Select(id => IsOrdinary(id) ? model.GetTokenBytes(id).ToArray() : none)];
        BpeTokenizer merging = new(new BpeModel(tokens, model.Merges, [], model.PreTokenizer));
        int[] ends = new int[1];
        for (int id = 0; id < tokens.Length; id++)
        {
            if (!IsOrdinary(id) || !Utf8.IsValid(tokens[id])) continue; // a part of a character is never a whole pre-token
            model.PreTokenizer.Split(tokens[id], ends);
            if (ends[0] < tokens[id].Length) continue;
            if (merging.Encode(tokens[id].AsSpan()) is not [int only] || only != id) return false;
        }
        return true;

        bool IsOrdinary(int id) => !apart.Contains(id) && model.GetTokenBytes(id).Length > 0;
    }
}
