namespace Cs336.Tokenizers;

/// <summary>
/// The token files of a <see cref="TokenManifest"/> read as one, in its order: what is asked for may reach over the ends of files. Only
/// what is read takes memory. May be read from many threads at once.
/// </summary>
public sealed class TokenShards : IDisposable
{
    private readonly TokenFile[] _files;
    private readonly long[] _starts; // of each file, and at the end the sum

    private TokenShards(string path, TokenManifest manifest, TokenFile[] files)
    {
        (Path, Manifest, _files) = (path, manifest, files);
        _starts = new long[files.Length + 1];
        for (int i = 0; i < files.Length; i++) _starts[i + 1] = _starts[i] + files[i].Length;
    }

    /// <summary>The manifest's path.</summary>
    public string Path { get; }

    /// <summary>The manifest.</summary>
    public TokenManifest Manifest { get; }

    /// <summary>The number of ids.</summary>
    public long Length => _starts[^1];

    /// <summary>
    /// Opens all files of a manifest and compares their lengths with it. Checksums are not compared, which would read them all.
    /// </summary>
    /// <exception cref="FileNotFoundException">The manifest or a file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// The manifest is not sound or not complete, or a file is damaged or not as long as it says.
    /// </exception>
    public static TokenShards Open(string path)
    {
        TokenManifest manifest = TokenManifest.Load(path);
        if (!manifest.IsComplete)
            throw new InvalidDataException(
                $"{path} is not complete: {manifest.Shards.Count} of {manifest.Inputs} texts are encoded. Give the command again that " +
                "encodes them; what is done is not done again.");
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        List<TokenFile> files = [];
        try
        {
            foreach (TokenManifestShard shard in manifest.Shards)
            {
                TokenFile file = TokenFile.Open(System.IO.Path.Combine(folder, shard.File));
                files.Add(file);
                if (file.Length != shard.Tokens)
                    throw new InvalidDataException(
                        $"{file.Path} has {file.Length:N0} ids, but {path} says {shard.Tokens:N0}: encode anew, or copy the folder again.");
            }
            return new TokenShards(path, manifest, [.. files]);
        }
        catch
        {
            foreach (TokenFile file in files) file.Dispose();
            throw;
        }
    }

    /// <summary>Reads ids from a place on.</summary>
    /// <param name="start">The place of the first id among those of all files.</param>
    /// <param name="destination">Is filled with ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many ids from that place on.</exception>
    /// <exception cref="InvalidDataException">A file has become shorter since it was opened.</exception>
    public void Read(long start, Span<int> destination)
    {
        if (start < 0 || start > Length - destination.Length)
            throw new ArgumentOutOfRangeException(
                nameof(start), $"{destination.Length} ids from place {start} on do not lie within {Path}, which has {Length}.");
        int index = Array.BinarySearch(_starts, start);
        if (index < 0) index = ~index - 1;
        for (; !destination.IsEmpty; index++)
        {
            long within = start - _starts[index];
            int length = (int)Math.Min(destination.Length, _files[index].Length - within);
            if (length <= 0) continue; // an empty file, which begins where the next one does
            _files[index].Read(within, destination[..length]);
            destination = destination[length..];
            start += length;
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (TokenFile file in _files) file.Dispose();
    }
}
