using System.Security.Cryptography;
using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>
/// The tokenizer files of well-known models, each against the libraries that they were made for. With <c>CS336_WORLD_FILE</c> the path of a
/// <c>tokenizer.json</c>, that one alone is compared.
/// </summary>
public class WorldTokenizerTests(ITestOutputHelper output)
{
    private static readonly string? Named = Environment.GetEnvironmentVariable("CS336_WORLD_FILE") is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    public static TheoryData<string> Files => Named is null ? [.. WorldFiles.All.Select(file => file.Name)] : [Named];

    [NpmTheory, MemberData(nameof(Files))]
    public void A_file_gives_the_ids_and_texts_of_its_library(string name)
    {
        DateTime start = DateTime.UtcNow;
        FileComparison.Run(name, Find(name), line => output.WriteLine($"{(DateTime.UtcNow - start).TotalSeconds:F1} s: {line}"));
    }

    private static string Find(string name)
    {
        if (name == Named) return name;
        WorldFile file = WorldFiles.All.Single(file => file.Name == name);
        string path = Path.Combine(NpmStore.FolderOf(file), "tokenizer.json");
        Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        return path;
    }
}
