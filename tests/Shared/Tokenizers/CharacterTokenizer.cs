using System.Text.Json.Nodes;

namespace Cs336.Testing;

/// <summary>A small <c>tokenizer.json</c> of SentencePiece's kind: a vocabulary over characters, with bytes for all others.</summary>
internal static class CharacterTokenizer
{
    /// <summary>
    /// The merges, in order; their characters and results are the vocabulary, after three special tokens and the 256 bytes.
    /// </summary>
    private static readonly string[] Merges =
        ["l l", "h e", "he ll", "hell o", "▁ hello", "w o", "r l", "wo rl", "worl d", "▁ world", "▁ ▁", "é t", "▁ é"];

    /// <summary>Writes the file into a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="change">What is different in it.</param>
    public static void Write(string folder, Action<JsonObject>? change = null)
    {
        List<string> tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
        foreach (string merge in Merges)
        {
            string[] parts = merge.Split(' ');
            tokens.AddRange(parts.Where(part => part.Length == 1));
            tokens.Add(string.Concat(parts));
        }
        JsonObject vocabulary = [];
        foreach (string token in tokens.Distinct()) vocabulary[token] = vocabulary.Count;
        JsonObject json = JsonNode.Parse("""
            {
              "version": "1.0",
              "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
              "pre_tokenizer": null,
              "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
              "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
              "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true}
            }
            """)!.AsObject();
        json["added_tokens"] = new JsonArray([.. new[] { "<unk>", "<s>", "</s>" }.Select((text, id) => (JsonNode)new JsonObject
        {
            ["id"] = id, ["content"] = text, ["special"] = true, ["normalized"] = false,
        })]);
        json["model"]!["vocab"] = vocabulary;
        json["model"]!["merges"] = new JsonArray([.. Merges.Select(merge => (JsonNode)merge)]);
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.ToJsonString());
    }
}
