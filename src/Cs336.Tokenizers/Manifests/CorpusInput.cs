namespace Cs336.Tokenizers;

/// <summary>One text of a corpus that is encoded.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Where it is from the folder that all texts lie in, with <c>/</c> between folders.</param>
/// <param name="Length">How many bytes its file has.</param>
internal sealed record CorpusInput(string Path, string Name, long Length)
{
    /// <summary>What the token file is called.</summary>
    public string TokenFile => Name + ".npy";

    /// <summary>The texts of a shard: those that begin in its stretch of all bytes, one text after the other.</summary>
    /// <exception cref="ArgumentException">There are none, or one is named twice.</exception>
    /// <exception cref="FileNotFoundException">One is missing.</exception>
    public static IReadOnlyList<CorpusInput> Find(IEnumerable<string> paths, CorpusShard shard)
    {
        string[] all = [.. paths.Select(System.IO.Path.GetFullPath)];
        if (all.Length == 0) throw new ArgumentException("There are no texts to encode: name at least one.", nameof(paths));
        if (all.GroupBy(path => path).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"{twice.Key} is named twice: name each text once.", nameof(paths));
        string folder = CommonFolder(all);
        List<CorpusInput> inputs = [];
        foreach (string path in all)
            inputs.Add(new CorpusInput(path, System.IO.Path.GetRelativePath(folder, path).Replace('\\', '/'), new FileInfo(path).Length));
        long total = inputs.Sum(input => input.Length), start = 0;
        List<CorpusInput> own = [];
        foreach (CorpusInput input in inputs)
        {
            if (shard.Holds(start, total)) own.Add(input);
            start += input.Length;
        }
        return own;
    }

    private static string CommonFolder(string[] paths)
    {
        string folder = System.IO.Path.GetDirectoryName(paths[0])!;
        while (!paths.All(path => path.StartsWith(WithSeparator(folder), StringComparison.Ordinal)))
            folder = System.IO.Path.GetDirectoryName(folder)
                ?? throw new ArgumentException("The texts lie on several drives: encode those of each by themselves.");
        return folder;
    }

    private static string WithSeparator(string folder) =>
        System.IO.Path.EndsInDirectorySeparator(folder) ? folder : folder + System.IO.Path.DirectorySeparatorChar;
}
