using System.CommandLine;

namespace Cs336.Cli;

/// <summary>Options that several commands have.</summary>
internal static class Options
{
    /// <summary>On every command.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Write one JSON object to stdout, and nothing else there",
        Recursive = true,
    };

    /// <summary>An option with a value that must be given.</summary>
    public static Option<T> Required<T>(string name, string description, string? helpName = null) =>
        new(name) { Description = description, Required = true, HelpName = helpName };

    /// <summary>An option with a value that may be left out.</summary>
    public static Option<T> Optional<T>(string name, string description, string? helpName = null) =>
        new(name) { Description = description, HelpName = helpName };

    /// <summary>An option with a value that has a default.</summary>
    public static Option<T> WithDefault<T>(string name, T value, string description, string? helpName = null) =>
        new(name) { Description = description, DefaultValueFactory = _ => value, HelpName = helpName };

    /// <summary>An option with any number of values, also several after one name.</summary>
    public static Option<string[]> Many(string name, string description, string? helpName = null, bool required = false) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, Required = required, HelpName = helpName };

    /// <summary>The values of an option of <see cref="Many"/>; none where it was not given.</summary>
    public static string[] Values(this ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) ?? [];

    public static void AddAll(this Command command, params IEnumerable<Option> options)
    {
        foreach (Option option in options) command.Add(option);
    }
}
