using System.Buffers;
using System.Text.Json;
using Cs336.Json;

namespace Cs336.Tokenizers;

/// <summary>The JSON at the beginning of a file of counts: how its text was cut, and what was counted.</summary>
/// <param name="Pattern">The pattern that cut the text.</param>
/// <param name="SpecialTokens">What divided it before, in their order.</param>
/// <param name="Parts">What was counted.</param>
internal sealed record CountFileHeader(string Pattern, IReadOnlyList<string> SpecialTokens, IReadOnlyList<CountedShard> Parts)
{
    public byte[] ToJson()
    {
        ArrayBufferWriter<byte> bytes = new();
        using Utf8JsonWriter json = new(bytes);
        json.WriteStartObject();
        json.WriteString("pattern", Pattern);
        json.WriteStartArray("special_tokens");
        foreach (string token in SpecialTokens) json.WriteStringValue(token);
        json.WriteEndArray();
        json.WriteStartArray("parts");
        foreach (CountedShard part in Parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteNumber("files", part.Files);
            json.WriteString("corpus", part.Corpus);
            json.WriteString("shard", part.Shard.ToString());
            json.WriteNumber("bytes", part.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The JSON is not such a header.</exception>
    public static CountFileHeader Read(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            JsonElement root = json.RootElement;
            CountFileHeader header = new(
                root.GetProperty("pattern").GetString()!,
                [.. root.GetProperty("special_tokens").EnumerateArray().Select(token => token.GetString()!)],
                [.. root.GetProperty("parts").EnumerateArray().Select(ReadPart)]);
            if (header.Pattern is not null && header.Parts.Count > 0 && !header.SpecialTokens.Any(string.IsNullOrEmpty)) return header;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is damaged: its header cannot be read: {JsonMessage.Of(e)}", e);
        }
        throw new InvalidDataException(
            $"{path} is damaged: its header lacks the pattern, a special token's text or what was counted. Count anew.");
    }

    /// <summary>Throws where two files do not count the same pre-tokens.</summary>
    public static void CheckAlike(CountFileHeader first, string firstPath, CountFileHeader other, string otherPath)
    {
        if (first.Pattern != other.Pattern)
            throw new InvalidDataException(
                $"{firstPath} has the pattern {Show(first.Pattern)}, but {otherPath} has {Show(other.Pattern)}, " +
                "which cuts other pre-tokens: count and train with one pattern.");
        if (!first.SpecialTokens.SequenceEqual(other.SpecialTokens))
            throw new InvalidDataException(
                $"{firstPath} has the special tokens {Show(first.SpecialTokens)}, but {otherPath} has {Show(other.SpecialTokens)}: " +
                "count and train with the same ones, in one order.");
    }

    private static string Show(string text) => text.Length <= 300 ? $"'{text}'" : $"'{text.AsSpan(0, 300)}…'";

    private static string Show(IReadOnlyList<string> tokens) =>
        tokens.Count == 0 ? "none" : Show(string.Join("', '", tokens));

    private static CountedShard ReadPart(JsonElement part)
    {
        CountedShard read = new(
            part.GetProperty("name").GetString()!, part.GetProperty("files").GetInt32(), part.GetProperty("corpus").GetString()!,
            CorpusShard.Parse(part.GetProperty("shard").GetString()!), part.GetProperty("bytes").GetInt64());
        return read.Name is not null && read.Corpus is not null && read.Files >= 1 && read.Bytes >= 0 ? read
            : throw new FormatException("a part lacks its name or corpus, or has fewer than 1 file or 0 bytes");
    }
}
