using System.Text.Json.Nodes;

namespace WorldTokenizers.Tests.Comparison;

/// <summary>
/// A byte-level <c>tokenizer.json</c> with another vocabulary: any two bytes merge, and so ids show where pre-tokens end. With the real
/// vocabulary most cuts leave no trace, since few rare characters merge with what stands beside them.
/// </summary>
internal static class RevealingFile
{
    private const int ByteCount = 256;

    /// <summary>Writes the file: all of the source but for its vocabulary, its merges and the ids of its added tokens.</summary>
    public static void Write(string sourcePath, string path)
    {
        JsonObject json = JsonNode.Parse(File.ReadAllBytes(sourcePath))!.AsObject();
        JsonObject model = json["model"]!.AsObject();
        string[] bytes = [.. Enumerable.Range(0, ByteCount).Select(SpellingOf)];
        (int First, int Second)[] pairs =
            [.. Enumerable.Range(0, ByteCount * ByteCount).Select(pair => (pair / ByteCount, pair % ByteCount))];
        new Random(ByteCount).Shuffle(pairs); // else pairs of low bytes would always merge first, and hide as many cuts
        JsonObject vocabulary = [];
        foreach (string token in bytes) vocabulary.Add(token, vocabulary.Count);
        foreach ((int first, int second) in pairs) vocabulary.Add(bytes[first] + bytes[second], vocabulary.Count);
        model["vocab"] = vocabulary;
        model["merges"] = new JsonArray([.. pairs.Select(pair => (JsonNode)$"{bytes[pair.First]} {bytes[pair.Second]}")]);
        int id = vocabulary.Count;
        foreach (JsonNode? token in json["added_tokens"]!.AsArray()) token!["id"] = id++;
        json["post_processor"] = null; // it may name ids
        File.WriteAllText(path, json.ToJsonString());
    }

    /// <summary>How byte-level vocabularies spell a byte: as itself where it is printable, else as a letter from U+0100 on.</summary>
    private static string SpellingOf(int value)
    {
        int before = Enumerable.Range(0, value).Count(other => !IsPrintable(other));
        return ((char)(IsPrintable(value) ? value : ByteCount + before)).ToString();
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
}
