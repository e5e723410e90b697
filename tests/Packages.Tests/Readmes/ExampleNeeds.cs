namespace Packages.Tests.Readmes;

/// <summary>What the READMEs' examples take as given.</summary>
internal static class ExampleNeeds
{
    /// <summary>What an example references beside its package, as its README says.</summary>
    private static readonly Dictionary<string, string[]> Beside = new()
    {
        ["Cs336.Hosting"] = ["Microsoft.Extensions.Hosting"],
        ["Cs336.Serving"] = ["Microsoft.Extensions.Hosting"],
    };

    /// <summary>
    /// The examples that are also run, with what they find in their folder. One of a new package is only compiled until it stands here.
    /// </summary>
    private static readonly Dictionary<string, Action<string>> Preparations = new()
    {
        ["Cs336.Tokenizers.1"] = _ => { },
        ["Cs336.Tokenizers.MicrosoftML.1"] = _ => { },
        ["Cs336.Data.1"] = _ => { },
        ["Cs336.Inference.1"] = _ => { },
        ["Cs336.Transformer.1"] = _ => { },
        ["Cs336.Training.1"] = _ => { },
        ["Cs336.Training.2"] = _ => { },
        ["Cs336.Distributed.1"] = _ => { },
        ["Cs336.Serving.1"] = folder => Workplace.PlaceRun(folder, "run", "step-00001000"),
        ["Cs336.Hosting.1"] = folder => Workplace.PlaceRun(folder, "run", "step-00001000"),
        ["Cs336.Hosting.2"] = folder => File.WriteAllText(
            Path.Combine(folder, "appsettings.json"),
            $$"""{ "Tokenizer": { "Directory": "my-tokenizer" }, "Run": {{Workplace.Run.Insert(1, "\"directory\": \"run\",")}} }"""),
    };

    public static IEnumerable<string> Run => Preparations.Keys;

    /// <summary>Name and version of each package that a program with an example references.</summary>
    public static IEnumerable<string> References(PackedPackage package) =>
        [$"{package.Id} {package.Version}", .. Beside.GetValueOrDefault(package.Id, []).Select(name => $"{name} {Pins.VersionOf(name)}")];

    /// <summary>A folder of its own for an example, with what it needs; null where it is only compiled.</summary>
    /// <param name="purpose">Tells the runs of one example apart.</param>
    public static string? Prepare(ReadmeProgram program, Workplace workplace, string purpose)
    {
        if (!Preparations.TryGetValue(program.Name, out Action<string>? prepare)) return null;
        string folder = workplace.CopyFor($"{purpose}-{program.Name}");
        prepare(folder);
        return folder;
    }
}
