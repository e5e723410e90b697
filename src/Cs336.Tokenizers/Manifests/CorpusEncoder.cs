using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Encodes many texts into a folder, each into a token file of its own, with a manifest that says what each came from. What was encoded
/// before is not encoded again, so that the work can be interrupted at any time, and divided among machines.
/// </summary>
public sealed class CorpusEncoder
{
    private readonly ITokenizer _tokenizer;
    private readonly CorpusEncoderOptions _options;
    private readonly string _fingerprint, _rules;

    /// <summary>An encoder.</summary>
    /// <param name="tokenizer">The tokenizer, which all threads use at once.</param>
    /// <param name="options">How to encode.</param>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public CorpusEncoder(ITokenizer tokenizer, CorpusEncoderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (_tokenizer, _options) = (tokenizer, options ?? new CorpusEncoderOptions());
        if (_options.ThreadCount < 1) throw new ArgumentException($"thread_count is {_options.ThreadCount}, but must be at least 1.");
        Utf8TextStream.CheckDefined(_options.TextEncoding);
        if (_options.Reader is { } reader && !tokenizer.SpecialTokens.ContainsKey(reader.EndToken))
            throw new ArgumentException($"The tokenizer has no special token '{reader.EndToken}', which stands after each document.");
        _fingerprint = TokenizerFingerprint.Of(tokenizer);
        _rules = FindRules();
    }

    private bool DependsOnOrder => _options.Reader is { DependsOnOrder: true };

    /// <summary>Encodes the texts of a shard. Each token file, and the manifest, appears when it is whole.</summary>
    /// <param name="paths">All texts of the corpus, in the same order for every shard.</param>
    /// <param name="folder">
    /// Where token files go, named like their texts, in folders as those are. The manifest is <see cref="TokenManifest.FileName"/>, or
    /// for a shard one of its own: the whole corpus, encoded after its shards, takes from them what is done.
    /// </param>
    /// <param name="shard">Which shard, of whole texts; null for all of them.</param>
    /// <param name="progress">Told about every block, of all texts together.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">There are no texts, or one is named twice.</exception>
    /// <exception cref="FileNotFoundException">A text is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A text is not valid in its encoding, or the folder holds a manifest that is damaged, or of another tokenizer or other options.
    /// </exception>
    /// <exception cref="ForbiddenSpecialTokenException">A text holds a special token and the options forbid them.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public CorpusEncoding EncodeFiles(
        IEnumerable<string> paths, string folder, CorpusShard? shard = null, IProgress<EncodingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        shard ??= CorpusShard.Whole;
        if (DependsOnOrder) shard.RequireWhole();
        IReadOnlyList<CorpusInput> inputs = CorpusInput.Find(paths, shard);
        string manifestPath = Path.Combine(
            folder, shard.Count == 1 ? TokenManifest.FileName : $"manifest-{shard.Index}-of-{shard.Count}.json");
        GrowingManifest manifest = new(manifestPath, inputs, ReadManifests(folder, inputs), Describe, _options.Time);
        TotalProgress total = new(progress, inputs.Sum(input => input.Length));
        _options.Reader?.Begin();
        try
        {
            foreach (CorpusInput input in inputs)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TokenManifestShard? earlier = manifest.Find(input);
                if (earlier is not null && IsDone(earlier, input, folder, cancellationToken))
                {
                    total.Skip(earlier);
                    _options.Reader?.Pass(input.Path, cancellationToken);
                    manifest.Keep(earlier);
                    continue;
                }
                manifest.Forget(input);
                TokenManifestShard encoded = Encode(input, folder, total, cancellationToken);
                // Where a text is another one than before, what is read of those after it is not what it was.
                if (DependsOnOrder && earlier?.InputChecksum != encoded.InputChecksum) manifest.ForgetRest();
                manifest.Add(encoded);
            }
        }
        catch
        {
            manifest.SaveIfPossible();
            throw;
        }
        return new CorpusEncoding(manifestPath, manifest.Complete(), manifest.Added, inputs.Count - manifest.Added);
    }

    private TokenManifest Describe(IReadOnlyList<TokenManifestShard> shards, int inputs) => new()
    {
        Tokenizer = _fingerprint, Rules = _rules, VocabSize = _tokenizer.VocabSize, Inputs = inputs, Shards = shards,
    };

    private TokenManifestShard Encode(CorpusInput input, string folder, TotalProgress total, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, input.TokenFile);
        using HashedStream file = new(FileOperations.OpenRead(input.Path));
        using Stream text = _options.Reader?.Open(input.Path)
            ?? new Utf8TextStream(file, _options.TextEncoding, input.Path, leaveOpen: true);
        total.Begin(input.Length);
        long tokens = _tokenizer.EncodeText(
            text, input.Length, path, _options.SpecialTokens, _options.ThreadCount, total, cancellationToken);
        string checksum = file.Finish(cancellationToken); // what a reader reads is read once more for it
        return new TokenManifestShard
        {
            File = input.TokenFile,
            Tokens = tokens,
            Checksum = HashedStream.ChecksumOf(path, cancellationToken),
            Input = input.Name,
            InputBytes = file.BytesRead,
            InputChecksum = checksum,
            TextBytes = total.TextBytes,
        };
    }

    /// <summary>Whether a text was encoded before, to the file that is there now, and is what it was then.</summary>
    private static bool IsDone(TokenManifestShard earlier, CorpusInput input, string folder, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, earlier.File);
        return earlier.InputBytes == input.Length && File.Exists(path)
            && HashedStream.ChecksumOf(path, cancellationToken) == earlier.Checksum
            && HashedStream.ChecksumOf(input.Path, cancellationToken) == earlier.InputChecksum;
    }

    private List<TokenManifestShard> ReadManifests(string folder, IReadOnlyList<CorpusInput> inputs)
    {
        List<TokenManifestShard> found = [];
        if (!Directory.Exists(folder)) return found;
        foreach (string path in Directory.GetFiles(folder, "manifest*.json").Order(StringComparer.Ordinal))
        {
            TokenManifest manifest = TokenManifest.Load(path);
            if (manifest.Rules != _rules)
                throw new InvalidDataException(
                    $"{path} tells of texts that were encoded with " +
                    (manifest.Tokenizer == _fingerprint ? "other options" : "another tokenizer") + ": name another folder, or delete it.");
            found.AddRange(manifest.Shards);
        }
        if (!DependsOnOrder) return found;
        int same = 0; // what was read of a text holds as long as all before it are those that were before it then
        while (same < Math.Min(found.Count, inputs.Count) && found[same].Input == inputs[same].Name) same++;
        return found[..same];
    }

    private string FindRules()
    {
        StringBuilder rules = new();
        rules.AppendLine(CultureInfo.InvariantCulture, $"{_fingerprint} {_options.SpecialTokens} {_options.TextEncoding}");
        if (_options.Reader is not null) rules.AppendLine(_options.Reader.Description);
        if (_tokenizer is BpeTokenizer bpe)
        {
            BpeParts parts = bpe.Model.Vocabulary.Parts;
            rules.AppendLine(CultureInfo.InvariantCulture, $"{parts.PreTokenizer.Pattern} {parts.Sections} {parts.IgnoresMerges}");
            foreach (AddedToken token in parts.AddedTokens) rules.AppendLine(CultureInfo.InvariantCulture, $"{token}");
            foreach (int id in (IEnumerable<int>)[.. parts.Template.Before, -1, .. parts.Template.After])
                rules.AppendLine(CultureInfo.InvariantCulture, $"{id}");
            foreach (BpeMerge merge in parts.Merges)
                rules.AppendLine(CultureInfo.InvariantCulture, $"{merge.Left} {merge.Right} {merge.Result}");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rules.ToString())));
    }

    /// <summary>Adds up the progress of one text after the other.</summary>
    private sealed class TotalProgress(IProgress<EncodingProgress>? progress, long total) : IProgress<EncodingProgress>
    {
        private EncodingProgress _before, _last;
        private long _length;

        /// <summary>The bytes of UTF-8 of the present text.</summary>
        public long TextBytes => _last.TextBytes;

        public void Begin(long length)
        {
            _before = Sum(_before, _last);
            _last = default;
            _length = length;
        }

        public void Skip(TokenManifestShard shard)
        {
            Begin(shard.InputBytes);
            Report(new EncodingProgress(shard.InputBytes, shard.InputBytes, shard.Tokens, shard.TextBytes));
        }

        public void Report(EncodingProgress value)
        {
            _last = value with { BytesRead = Math.Min(value.BytesRead, _length) }; // a reader may make more text than a file has bytes
            progress?.Report(Sum(_before, _last));
        }

        private EncodingProgress Sum(EncodingProgress x, EncodingProgress y) =>
            new(x.BytesRead + y.BytesRead, total, x.TokensWritten + y.TokensWritten, x.TextBytes + y.TextBytes);
    }
}
