using System.Runtime.InteropServices;
using WorldTokenizers.Tests.Npm;

namespace Gguf.Tests.Clients;

/// <summary>
/// Libraries of the npm registry that read GGUF files, fetched once into a folder of the user's cache, without running their scripts.
/// Nothing of it is part of the repository.
/// </summary>
internal static class ClientStore
{
    // The native library of llama.cpp is a package of its own; those for graphics cards are left out.
    private static readonly string[] Pins =
        ["node-llama-cpp@3.21.1", "@node-llama-cpp/linux-x64@3.21.1", "@huggingface/gguf@0.4.6"];

    private static readonly TimeSpan LockLimit = TimeSpan.FromMinutes(15);
    private static readonly Lazy<string?> Reason = new(Fetch);

    /// <summary>A folder in whose <c>node_modules</c> the libraries are. Its name changes with their versions.</summary>
    public static string Libraries { get; } = Path.Combine(Root(), string.Join("-", Pins.Select(pin => pin.Replace('/', '+'))));

    /// <summary>Null where everything is here, fetched now or before; otherwise why it cannot be had.</summary>
    public static string? WhyMissing => Reason.Value;

    private static string Root()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "cs336-gguf-clients");
    }

    private static string? Fetch()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "node-llama-cpp's native library is fetched for Linux on x64 alone";
        try
        {
            Directory.CreateDirectory(Root());
            using FileStream mine = Lock();
            return NpmCommand.Run(Root(), "node", "--version") ?? (Directory.Exists(Libraries) ? null : Install());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{Root()} cannot be written: {e.Message}";
        }
    }

    /// <summary>Asks first whether the registry answers: fetching itself tries for minutes before it gives up.</summary>
    private static string? Install()
    {
        string unfinished = Path.Combine(Root(), "unfinished");
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        string[] options = ["--prefix", ".", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-save"];
        string? problem =
            NpmCommand.Run(unfinished, NpmCommand.Npm, "view", Pins[0], "version", "--fetch-retries=0", "--fetch-timeout=30000")
            ?? NpmCommand.Run(unfinished, NpmCommand.Npm, ["install", .. options, .. Pins]);
        if (problem is null) Directory.Move(unfinished, Libraries);
        return problem;
    }

    /// <summary>Waits until no other process fetches.</summary>
    private static FileStream Lock()
    {
        DateTime end = DateTime.UtcNow + LockLimit;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Root(), "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < end)
            {
                Thread.Sleep(200);
            }
        }
    }
}
