using Packages.Tests.Readmes;

namespace Packages.Tests;

/// <summary>One program with all our packages, which tells the defaults of all options: a changed one changes what programs do.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class DefaultsTests(PackedFeed feed)
{
    private const string Program = """
        using System.Collections;
        using System.Globalization;
        using System.Reflection;

        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "Cs336.*.dll").Order(StringComparer.Ordinal))
        {
            foreach (Type type in Assembly.LoadFrom(file).GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
            {
                bool isOptions = type.Name.EndsWith("Options") || type.Name.EndsWith("Config");
                if (!isOptions || type.IsAbstract || type.GetConstructor([]) is null) continue;
                object options = Activator.CreateInstance(type)!;
                IEnumerable<PropertyInfo> properties = type.GetProperties().Where(property => property.CanWrite);
                foreach (PropertyInfo property in properties.OrderBy(property => property.Name, StringComparer.Ordinal))
                    Console.WriteLine($"{type.FullName}.{property.Name} = {Tell(property.GetValue(options))}");
            }
        }

        static string Tell(object? value) => value switch
        {
            null => "null",
            string text => $"\"{text}\"",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            bool => value.ToString()!,
            IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Tell))}]",
            _ => value.GetType().Name,
        };
        """;

    [RegistryFact]
    public void The_defaults_of_all_options_are_those_on_record()
    {
        IEnumerable<string> all = feed.Libraries.Select(package => $"{package.Id} {package.Version}");
        string project = feed.Stranger.Write("all/all.csproj", ReadmeProgram.Project(all));
        feed.Stranger.Write("all/Program.cs", Program);
        feed.WriteSources("all");
        string folder = Path.GetDirectoryName(project)!;
        feed.Stranger.Commands.Run(folder, "dotnet", "build", "-c", "Release");
        CommandLine commands = feed.Stranger.Commands.With(("DOTNET_PROCESSOR_COUNT", "3")); // of which some defaults are made
        string defaults = commands.Run(folder, "dotnet", "exec", "bin/Release/net10.0/all.dll");
        SnapshotAssert.Match(defaults.ReplaceLineEndings("\n"), "Packages.Defaults");
    }
}
