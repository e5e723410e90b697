using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>The kinds of <see cref="ITokenSource"/>.</summary>
internal static class TokenSources
{
    private const string ManifestExtension = ".json";

    /// <summary>Opens a token file, or a manifest of several.</summary>
    public static ITokenSource Open(string path) =>
        System.IO.Path.GetExtension(path).Equals(ManifestExtension, StringComparison.OrdinalIgnoreCase)
            ? new Several(TokenShards.Open(path)) : new One(TokenFile.Open(path));

    /// <summary>Tokens that are in memory already.</summary>
    public static ITokenSource Of(ReadOnlyMemory<int> ids, string name) => new InMemory(ids, name);

    private sealed class One(TokenFile file) : ITokenSource
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public string? Note => file.Note;

        public void Read(long start, Span<int> destination) => file.Read(start, destination);

        public void Dispose() => file.Dispose();
    }

    private sealed class Several(TokenShards shards) : ITokenSource
    {
        public string Path => shards.Path;

        public long Length => shards.Length;

        public string? TokenizerFingerprint => shards.Manifest.Tokenizer;

        public void Read(long start, Span<int> destination) => shards.Read(start, destination);

        public void Dispose() => shards.Dispose();
    }

    private sealed class InMemory(ReadOnlyMemory<int> ids, string name) : ITokenSource
    {
        public string Path => name;

        public long Length => ids.Length;

        public void Read(long start, Span<int> destination) => ids.Span.Slice((int)start, destination.Length).CopyTo(destination);

        public void Dispose()
        {
        }
    }
}
