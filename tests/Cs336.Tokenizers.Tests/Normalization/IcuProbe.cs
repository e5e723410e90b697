using System.Diagnostics;
using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>What .NET's own <see cref="string.Normalize()"/> makes of texts, in a process that runs with ICU: this one does not.</summary>
internal static class IcuProbe
{
    private const string Name = "Cs336.Tokenizers.Tests.Probe";

    private static readonly Lazy<string?> Reason = new(FindReason);

    /// <summary>Why there is none; null where there is.</summary>
    public static string? WhyNot => Reason.Value;

    /// <summary>Whether it is of Unicode 16 or later, which decomposes a letter that has come with it.</summary>
    public static bool KnowsUnicode16 { get; } = WhyNot is null && Normalize(["\U000105C9"])[0][1] != "\U000105C9";

    /// <summary>Each text in each of <see cref="Forms.All"/>. No text holds a line feed or U+FFFE, which .NET refuses.</summary>
    public static string[][] Normalize(IReadOnlyList<string> texts) => [.. Start(texts, out _)!.Chunk(Forms.All.Length)];

    private static string? FindReason() =>
        Start(["e\u0301"], out string error)?[0] == "\u00E9"
            ? null
            : "needs ICU, which this machine does not have: " + error.Split('\n')[0].Trim();

    private static string[]? Start(IReadOnlyList<string> texts, out string error)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("texts.txt", string.Join('\n', texts)), output = folder.File("normalized.txt");
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", Path.Combine(FindFolder(), Name + ".dll"), "normalize", path, output },
            Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "0" },
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? File.ReadAllText(output, Encoding.UTF8).Split('\n') : null;
    }

    // tests/Cs336.Tokenizers.Tests/bin/Release/net10.0 -> tests/Cs336.Tokenizers.Tests.Probe/bin/Release/net10.0
    private static string FindFolder()
    {
        DirectoryInfo framework = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        DirectoryInfo configuration = framework.Parent!;
        return Path.Combine(RepositoryRoot.Path, "tests", Name, "bin", configuration.Name, framework.Name);
    }
}
