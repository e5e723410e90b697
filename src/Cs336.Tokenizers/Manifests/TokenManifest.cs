namespace Cs336.Tokenizers;

/// <summary>
/// What a corpus was encoded to by <see cref="CorpusEncoder"/>: token files, in the order of their texts, that are read as one
/// (<see cref="TokenShards"/>).
/// </summary>
public sealed record TokenManifest
{
    /// <summary>The name of the manifest of a whole corpus.</summary>
    public const string FileName = "manifest.json";

    /// <summary>What tells the tokenizer's vocabulary from others: see <see cref="TokenizerFingerprint"/>.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>What tells all that decides the ids of a text from other ways to encode: the SHA-256 of tokenizer and options.</summary>
    public required string Rules { get; init; }

    /// <summary>Ids are below this.</summary>
    public required int VocabSize { get; init; }

    /// <summary>How many texts the corpus has, or the shard of it; <see cref="Shards"/> has fewer while it is being encoded.</summary>
    public required int Inputs { get; init; }

    /// <summary>The token files.</summary>
    public required IReadOnlyList<TokenManifestShard> Shards { get; init; }

    /// <summary>How ids are written: <c>uint16</c> or <c>uint32</c>.</summary>
    public string Dtype => VocabSize <= 1 << 16 ? "uint16" : "uint32";

    /// <summary>The number of ids of all files.</summary>
    public long Tokens => Shards.Sum(shard => shard.Tokens);

    /// <summary>Whether every text has been encoded.</summary>
    public bool IsComplete => Shards.Count == Inputs;

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no manifest, of another version, or damaged.</exception>
    public static TokenManifest Load(string path) => TokenManifestJson.Read(path);

    /// <summary>Writes the manifest; the file appears when it is whole.</summary>
    public void Save(string path) => TokenManifestJson.Write(this, path);
}
