using System.Text.Json.Nodes;
using Cs336.Tokenizers;

namespace Cs336.Testing;

/// <summary>Files of others that hold tokens and their ranks, made of a vocabulary that is known.</summary>
internal static class RankedFiles
{
    /// <summary>Tekken's JSON of a vocabulary: its tokens in the order of their ids get the ranks from 0 on.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="pattern">What cuts text.</param>
    /// <param name="idCount">How many ids a model has, with its special tokens.</param>
    /// <param name="specialCount">How many of them are special.</param>
    /// <param name="special">The texts of the first special tokens; null for a file that lists none.</param>
    public static JsonObject Tekken(IEnumerable<byte[]> tokens, string pattern, int idCount, int specialCount, string[]? special = null)
    {
        JsonArray vocabulary = [.. tokens.Select((token, rank) => (JsonNode)new JsonObject
        {
            ["rank"] = rank, ["token_bytes"] = Convert.ToBase64String(token), ["token_str"] = null,
        })];
        return new JsonObject
        {
            ["config"] = new JsonObject
            {
                ["pattern"] = pattern, ["num_vocab_tokens"] = vocabulary.Count, ["default_vocab_size"] = idCount,
                ["default_num_special_tokens"] = specialCount, ["version"] = special is null ? "v3" : "v13",
            },
            ["vocab"] = vocabulary,
            ["special_tokens"] = special is null ? null : new JsonArray([.. special.Select((text, rank) =>
                (JsonNode)new JsonObject { ["rank"] = rank, ["token_str"] = text, ["is_control"] = true })]),
        };
    }

    /// <summary>Tiktoken's JSON of a model, its ranks in lines of tokens with consecutive ids.</summary>
    public static JsonObject Tiktoken(BpeModel model) => new()
    {
        ["pat_str"] = model.PreTokenizer.Pattern,
        ["special_tokens"] = new JsonObject(
            model.SpecialTokens.Select(token => new KeyValuePair<string, JsonNode?>(token.Key, token.Value))),
        ["bpe_ranks"] = Ranks(model),
    };

    /// <summary>The tokens of a model that are not special, in the order of their ids.</summary>
    public static IEnumerable<byte[]> TokensOf(BpeModel model) =>
        Enumerable.Range(0, model.VocabSize).Except(model.SpecialTokens.Values).Select(id => model.GetTokenBytes(id).ToArray());

    private static string Ranks(BpeModel model)
    {
        List<string> words = [];
        int next = -1;
        foreach (int id in Enumerable.Range(0, model.VocabSize).Except(model.SpecialTokens.Values)
            .Where(id => model.GetTokenBytes(id).Length > 0))
        {
            if (id != next) words.Add($"{(words.Count == 0 ? "" : "\n")}! {id}");
            words.Add(Convert.ToBase64String(model.GetTokenBytes(id)));
            next = id + 1;
        }
        return string.Join(' ', words).Replace(" \n", "\n");
    }
}
