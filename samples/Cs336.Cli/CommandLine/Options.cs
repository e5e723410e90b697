using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace Cs336.Cli;

/// <summary>Options that several commands have.</summary>
internal static class Options
{
    /// <summary>More threads than most machines have processors for, and fewer than end the process.</summary>
    public const int MaxThreads = 1024;

    /// <summary>On every command.</summary>
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Write one JSON object to stdout, and nothing else there",
        Recursive = true,
    };

    /// <summary>An option with a value that must be given.</summary>
    public static Option<T> Required<T>(string name, string description, string? helpName = null) =>
        ReadNumbers(new Option<T>(name) { Description = description, Required = true, HelpName = helpName });

    /// <summary>An option with a value that may be left out.</summary>
    public static Option<T> Optional<T>(string name, string description, string? helpName = null) =>
        ReadNumbers(new Option<T>(name) { Description = description, HelpName = helpName });

    /// <summary>An option with a value that has a default.</summary>
    public static Option<T> WithDefault<T>(string name, T value, string description, string? helpName = null) =>
        ReadNumbers(new Option<T>(name) { Description = description, DefaultValueFactory = _ => value, HelpName = helpName });

    /// <summary>An option that takes one of some words.</summary>
    public static Option<string> Choice(string name, string description, params string[] words)
    {
        Option<string> option = new(name) { Description = description, HelpName = "NAME" };
        option.AcceptOnlyFromAmong(words);
        return option;
    }

    /// <summary>The same option, with whole numbers of a range only.</summary>
    public static Option<T> Within<T>(this Option<T> option, long min, long max = long.MaxValue)
    {
        option.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens)
                if (long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                    && (number < min || number > max))
                    result.AddError($"{option.Name} is {number}, but must be "
                        + $"{(max == long.MaxValue ? $"at least {min}" : $"from {min} to {max}")}.");
        });
        return option;
    }

    /// <summary>An option with any number of values, also several after one name.</summary>
    public static Option<string[]> Many(string name, string description, string? helpName = null, bool required = false) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, Required = required, HelpName = helpName };

    /// <summary>The values of an option of <see cref="Many"/>; none where it was not given.</summary>
    public static string[] Values(this ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) ?? [];

    /// <summary>Refuses options that would not be used, so that nothing that was asked for is passed over in silence.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="reason">Why, as the beginning of a sentence.</param>
    /// <param name="options">The options; those that the command line does not give itself are let pass.</param>
    /// <exception cref="UsageException">One or several are given; the message names them.</exception>
    public static void Refuse(this ParseResult parsed, string reason, params IEnumerable<Option> options)
    {
        string[] given = [.. options.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
        if (given.Length > 0)
            throw new UsageException($"{reason}, so that {string.Join(" and ", given)} would not be used: leave "
                + $"{(given.Length == 1 ? "it" : "them")} out.");
    }

    public static void AddAll(this Command command, params IEnumerable<Option> options)
    {
        foreach (Option option in options) command.Add(option);
    }

    /// <summary>Numbers are written in one way, whatever the machine's language: with a point, and nothing between thousands.</summary>
    private static Option<T> ReadNumbers<T>(Option<T> option)
    {
        Type type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        Func<ArgumentResult, object?>? parse =
            type == typeof(int) ? result => Parse<int>(option, result)
            : type == typeof(long) ? result => Parse<long>(option, result)
            : type == typeof(ulong) ? result => Parse<ulong>(option, result)
            : type == typeof(double) ? result => Parse<double>(option, result)
            : type == typeof(double[]) ? result => ParseAll<double>(option, result)
            : null;
        if (parse is not null) option.CustomParser = result => parse(result) is T value ? value : default;
        return option;
    }

    private static TNumber Parse<TNumber>(Option option, ArgumentResult result) where TNumber : INumber<TNumber> =>
        ParseAll<TNumber>(option, result).FirstOrDefault(TNumber.Zero);

    private static TNumber[] ParseAll<TNumber>(Option option, ArgumentResult result) where TNumber : INumber<TNumber>
    {
        bool whole = typeof(TNumber) != typeof(double);
        string expected = !whole ? "a number, such as 0.5 or 1e-3"
            : typeof(TNumber) == typeof(ulong) ? "a whole number of at least 0, such as 1000" : "a whole number, such as 1000";
        NumberStyles style = whole ? NumberStyles.AllowLeadingSign
            : NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        List<TNumber> numbers = [];
        foreach (Token token in result.Tokens)
            if (TNumber.TryParse(token.Value, style, CultureInfo.InvariantCulture, out TNumber? number)) numbers.Add(number);
            else result.AddError($"{option.Name} is '{token.Value}', but must be {expected}.");
        return [.. numbers];
    }
}
