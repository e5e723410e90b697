using System.Text.Json;
using Cs336.Json;

namespace Cs336.Tokenizers;

/// <summary>A <see cref="TokenManifest"/> as JSON.</summary>
internal static class TokenManifestJson
{
    private const string Format = "cs336-tokens";
    private const int Version = 1;
    private const long MaxBytes = 1L << 30;

    public static void Write(TokenManifest manifest, string path)
    {
        using AtomicFile file = new(path);
        using (Utf8JsonWriter json = new(file.Stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteString("tokenizer", manifest.Tokenizer);
            json.WriteString("rules", manifest.Rules);
            json.WriteNumber("vocab_size", manifest.VocabSize);
            json.WriteString("dtype", manifest.Dtype);
            json.WriteNumber("inputs", manifest.Inputs);
            json.WriteNumber("tokens", manifest.Tokens);
            json.WriteStartArray("shards");
            foreach (TokenManifestShard shard in manifest.Shards) Write(json, shard);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        file.Commit();
    }

    public static TokenManifest Read(string path)
    {
        using FileStream stream = FileOperations.OpenRead(path);
        if (stream.Length > MaxBytes) throw new InvalidDataException($"{path} has {stream.Length:N0} bytes, too many for a manifest.");
        try
        {
            using JsonDocument json = JsonDocument.Parse(stream);
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format)
                || format.ValueKind != JsonValueKind.String || format.GetString() != Format)
                throw new InvalidDataException(
                    $"{path} is no manifest of token files: it lacks \"format\": \"{Format}\". " +
                    "cs336 tokenizer encode --output-folder writes one.");
            int version = root.GetProperty("version").GetInt32();
            if (version != Version)
                throw new InvalidDataException($"{path} is a manifest of version {version}, but {Version} can be read.");
            TokenManifest manifest = new()
            {
                Tokenizer = Text(root, "tokenizer"),
                Rules = Text(root, "rules"),
                VocabSize = root.GetProperty("vocab_size").GetInt32(),
                Inputs = root.GetProperty("inputs").GetInt32(),
                Shards = [.. root.GetProperty("shards").EnumerateArray().Select(Read)],
            };
            Check(manifest, root);
            return manifest;
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new InvalidDataException($"{path} is no sound manifest of token files: {JsonMessage.Of(e)}", e);
        }
    }

    private static void Write(Utf8JsonWriter json, TokenManifestShard shard)
    {
        json.WriteStartObject();
        json.WriteString("file", shard.File);
        json.WriteNumber("tokens", shard.Tokens);
        json.WriteString("sha256", shard.Checksum);
        json.WriteString("input", shard.Input);
        json.WriteNumber("input_bytes", shard.InputBytes);
        json.WriteString("input_sha256", shard.InputChecksum);
        json.WriteNumber("text_bytes", shard.TextBytes);
        json.WriteEndObject();
    }

    private static TokenManifestShard Read(JsonElement json) => new()
    {
        File = Text(json, "file"),
        Tokens = json.GetProperty("tokens").GetInt64(),
        Checksum = Text(json, "sha256"),
        Input = Text(json, "input"),
        InputBytes = json.GetProperty("input_bytes").GetInt64(),
        InputChecksum = Text(json, "input_sha256"),
        TextBytes = json.GetProperty("text_bytes").GetInt64(),
    };

    private static void Check(TokenManifest manifest, JsonElement root)
    {
        if (manifest.VocabSize < 1) throw new FormatException($"vocab_size is {manifest.VocabSize}, but must be at least 1");
        if (manifest.Inputs < manifest.Shards.Count)
            throw new FormatException($"inputs is {manifest.Inputs}, but there are {manifest.Shards.Count} shards");
        foreach (TokenManifestShard shard in manifest.Shards)
        {
            if (shard.Tokens < 0 || shard.InputBytes < 0 || shard.TextBytes < 0)
                throw new FormatException($"the shard {shard.File} has a negative number");
            if (shard.File.Length == 0 || shard.File.Contains('\0') || Path.IsPathRooted(shard.File)
                || shard.File.Split('/', '\\').Contains(".."))
                throw new FormatException($"the shard's file is '{shard.File}', but must lie in the manifest's folder");
        }
        if (root.GetProperty("tokens").GetInt64() is long tokens && tokens != manifest.Tokens)
            throw new FormatException($"tokens is {tokens}, but the shards have {manifest.Tokens}");
    }

    private static string Text(JsonElement json, string name) =>
        json.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null, but must be a text");
}
