using System.CommandLine;

namespace Cs336.Cli;

/// <summary>A command that shows how it is used.</summary>
/// <param name="name">What it is called.</param>
/// <param name="description">What it does.</param>
/// <param name="example">Command lines that work, one per line.</param>
internal sealed class ExampleCommand(string name, string description, string example) : Command(name, description)
{
    public string Example { get; } = example;
}
