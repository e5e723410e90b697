using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Cs336.Testing;

namespace Cs336.Cli.Tests.Pages;

/// <summary>Tells what is wrong with a command of a page, as far as that can be known without running it.</summary>
internal static partial class PageCommand
{
    /// <summary>Programs of others, of whose arguments nothing is known.</summary>
    private static readonly string[] OfOthers =
        ["cd", "cp", "curl", "export", "jq", "llama-completion", "llama-server", "lms", "ollama", "pip", "unzip", "wandb"];

    /// <summary>Options of dotnet that the next word belongs to.</summary>
    private static readonly string[] WithValue =
        ["-c", "-f", "-o", "-r", "-n", "--project", "--filter", "--configuration", "--output", "--name", "--source", "--add-source",
            "--version", "--tool-path", "--configfile", "--framework", "--runtime"];

    /// <summary>The problem; null where there is none.</summary>
    /// <param name="command">A line for a shell, with nothing but settings of variables before the program.</param>
    /// <param name="isWhole">Whether everything stands there that is required, as in a fence.</param>
    public static string? FindProblem(string command, bool isWhole)
    {
        string[] words = [.. CommandLineParser.SplitCommandLine(command)
            .SkipWhile(word => Settings().IsMatch(word)).TakeWhile(word => word != "...")];
        return words switch
        {
            [] => null,
            ["cs336", .. string[] rest] => InCs336(rest, isWhole),
            ["dotnet", .. string[] rest] => InDotnet(rest, isWhole),
            [".ci/without", "avx512" or "avx" or "vectors", .. string[] rest] => FindProblem(string.Join(' ', rest), isWhole),
            [".ci/without", string kind, ..] when kind != "COMMAND" => $".ci/without does not know {kind}",
            [string script, ..] when script.Contains('/') => File.Exists(InRoot(script)) ? null : $"there is no {script}",
            [string program, ..] => OfOthers.Contains(program) ? null : $"no test knows the program {program}",
        };
    }

    private static string? InCs336(string[] words, bool isWhole)
    {
        RootCommand root = CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null));
        if (isWhole) return root.Parse(words).Errors is [{ } error, ..] ? error.Message : null;
        Command command = root;
        string name = "cs336";
        foreach (string word in words)
        {
            bool isOption = word.StartsWith("--", StringComparison.Ordinal);
            if (command.Subcommands.FirstOrDefault(child => child.Name == word) is { } child) (command, name) = (child, $"{name} {word}");
            else if (isOption && !command.Options.Concat(root.Options).Any(option => option.Name == word.Split('=')[0]))
                return $"{word} is no option of {name}";
            else if (command.Subcommands.Count > 0 && Plain().IsMatch(word)) return $"{word} is no command of {name}";
        }
        return null;
    }

    private static string? InDotnet(string[] words, bool isWhole)
    {
        string[] own = [.. words.TakeWhile(word => word is not ("--" or "[--"))], program = [.. words.Skip(own.Length + 1)];
        string verb = own.FirstOrDefault() ?? "";
        string? Value(string option) => own.SkipWhile(word => word != option).Skip(1).FirstOrDefault();
        string[] targets = [.. own.Skip(1).Where((word, i) => !word.StartsWith('-') && !WithValue.Contains(own[i]))];
        string? inTargets = targets.Select(FindProjectProblem).FirstOrDefault(problem => problem is not null);
        return verb switch
        {
            "run" when Value("--project") is { } project =>
                FindProjectProblem(project) ?? InProgram(project.TrimEnd('/'), program, isWhole),
            "run" => null,
            "test" => inTargets ?? InFilter(Value("--filter") ?? ""),
            "build" or "pack" or "publish" or "restore" => inTargets,
            "add" or "new" or "nuget" or "tool" or "package" => targets.FirstOrDefault(IsUnknownPackage) is { } unknown
                ? $"there is no package {unknown}" : null,
            _ => $"no test knows what dotnet {verb} does",
        };
    }

    /// <summary>A word in small letters that comes first is taken for a command; an option is known where the source names it.</summary>
    private static string? InProgram(string project, string[] words, bool isWhole)
    {
        if (project == "samples/Cs336.Cli") return InCs336(words, isWhole);
        string source = string.Concat(SourcesBelow(project).Select(File.ReadAllText));
        if (source.Contains("BenchmarkSwitcher", StringComparison.Ordinal)) return null; // its options are BenchmarkDotNet's
        foreach ((int i, string word) in words.Index())
        {
            string name = word.Split('=')[0].TrimEnd(']');
            if (name.Contains(':')) name = name[(name.LastIndexOf(':') + 1)..]; // a key of the configuration is a property
            else if (!name.StartsWith("--", StringComparison.Ordinal) && !(i == 0 && Plain().IsMatch(name))) continue;
            if (!Regex.IsMatch(source, $@"(?<![\w-]){Regex.Escape(name)}(?![\w-])")) return $"{project} does not know {name}";
        }
        return null;
    }

    private static string? InFilter(string filter) => FilterValues().Matches(filter).Select(match => match.Groups["value"].Value.Trim('.'))
        .FirstOrDefault(value => !SourcesBelow("tests").Any(file => File.ReadAllText(file).Contains(value, StringComparison.Ordinal)))
        is { } unknown ? $"no test is named {unknown}" : null;

    private static string? FindProjectProblem(string path) =>
        File.Exists(InRoot(path)) || Directory.Exists(InRoot(path)) && Directory.EnumerateFiles(InRoot(path), "*.csproj").Any()
            ? null : $"{path} has no project";

    private static bool IsUnknownPackage(string name) => name.StartsWith("Cs336.", StringComparison.Ordinal)
        && !Directory.Exists(InRoot($"src/{name}")) && !Directory.Exists(InRoot($"samples/{name}"));

    private static IEnumerable<string> SourcesBelow(string folder) =>
        Directory.EnumerateFiles(InRoot(folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
        .Where(file => Path.GetFileName(file) != $"{nameof(PageCommandTests)}.cs"); // which names what is not there

    private static string InRoot(string path) => Path.Combine(RepositoryRoot.Path, path);

    [GeneratedRegex(@"^\w+=")]
    private static partial Regex Settings();

    [GeneratedRegex("^[a-z][a-z-]*$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"(?:[~=]|^)(?<value>[\w.]+)(?=[|&)]|$)")]
    private static partial Regex FilterValues();
}
