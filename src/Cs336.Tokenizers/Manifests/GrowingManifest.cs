namespace Cs336.Tokenizers;

/// <summary>
/// The manifest of a corpus while it is encoded. It is written every few seconds, since after each text many small ones would take time
/// that grows by their square. A text that is encoded but not in it when the process dies is encoded again.
/// </summary>
/// <param name="path">Where it goes.</param>
/// <param name="inputs">The corpus's texts, in its order.</param>
/// <param name="before">What earlier runs have left.</param>
/// <param name="describe">Makes the manifest of what is done of so many texts.</param>
/// <param name="time">Tells when to write.</param>
internal sealed class GrowingManifest(
    string path, IReadOnlyList<CorpusInput> inputs, IEnumerable<TokenManifestShard> before,
    Func<IReadOnlyList<TokenManifestShard>, int, TokenManifest> describe, TimeProvider time)
{
    /// <summary>How much work is lost at most, beside the text under way, where the process dies.</summary>
    public static readonly TimeSpan SaveInterval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, TokenManifestShard> _before =
        before.GroupBy(shard => shard.Input).ToDictionary(group => group.Key, group => group.First());
    private readonly List<TokenManifestShard> _done = [];
    private long _saved = time.GetTimestamp();
    private bool _isSaved = true;

    /// <summary>How many texts were encoded in this run.</summary>
    public int Added { get; private set; }

    /// <summary>What an earlier run has left of a text.</summary>
    public TokenManifestShard? Find(CorpusInput input) => _before.GetValueOrDefault(input.Name);

    /// <summary>The next text is done, by an earlier run.</summary>
    public void Keep(TokenManifestShard shard) => _done.Add(shard);

    /// <summary>The next text is done, by this run.</summary>
    public void Add(TokenManifestShard shard)
    {
        _done.Add(shard);
        Added++;
        _isSaved = false;
        if (time.GetElapsedTime(_saved) >= SaveInterval) Save();
    }

    /// <summary>What an earlier run has left of a text does not hold.</summary>
    public void Forget(CorpusInput input) => _before.Remove(input.Name);

    /// <summary>What earlier runs have left of the texts to come does not hold.</summary>
    public void ForgetRest() => _before.Clear();

    /// <summary>Writes what is done where the work fails, unless that fails too: then it is done again.</summary>
    public void SaveIfPossible()
    {
        if (_isSaved) return;
        try
        {
            Save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why the work failed is what the caller has to know.
        }
    }

    /// <summary>Writes the manifest of all texts, and returns it.</summary>
    public TokenManifest Complete()
    {
        TokenManifest manifest = describe(_done, inputs.Count);
        manifest.Save(path);
        return manifest;
    }

    private void Save()
    {
        // What was done in an earlier run and is still to be looked at stays in.
        IEnumerable<TokenManifestShard> rest = inputs.Skip(_done.Count).Select(Find).OfType<TokenManifestShard>();
        describe([.. _done, .. rest], inputs.Count).Save(path);
        (_saved, _isSaved) = (time.GetTimestamp(), true);
    }
}
