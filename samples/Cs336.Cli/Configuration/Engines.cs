using System.CommandLine;

namespace Cs336.Cli;

/// <summary>What a trained model can be computed by.</summary>
internal static class Engines
{
    public const string Managed = "managed", Torch = "torch";

    /// <summary>The option that names one.</summary>
    /// <param name="description">For the help.</param>
    /// <param name="value">The one that is taken where none is named; null where it depends.</param>
    public static Option<T> Option<T>(string description, T value)
    {
        Option<T> option = value is null ? Options.Optional<T>("--engine", description, "NAME")
            : Options.WithDefault("--engine", value, description, "NAME");
        option.AcceptOnlyFromAmong(Managed, Torch);
        return option;
    }
}
