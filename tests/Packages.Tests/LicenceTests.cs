using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Packages.Tests;

/// <summary>What is used of others, by way of others too, and on what terms.</summary>
public sealed partial class LicenceTests
{
    private const string Page = "THIRD-PARTY-NOTICES.md";

    private const string Head = """
        # Third-party notices

        The packages of others that ours ask for, by way of others too, and those that the tool `cs336` carries or fetches.
        A test makes this list from the packages themselves, and fails where one appears that is not here, or another licence. Look at
        it, delete this file, and the test writes it again: `dotnet test -c Release tests/Packages.Tests --filter LicenceTests`.

        | package | licence | copyright | used by |
        |---|---|---|---|

        """;

    /// <summary>The licences under which we use the work of others.</summary>
    private static readonly string[] Accepted = ["MIT", "Apache-2.0", "BSD-3-Clause"];

    /// <summary>
    /// What pages say that packages without a licence of their own lead to. Looked at by people: a page is not in the package.
    /// </summary>
    private static readonly Dictionary<string, string> Pages = new()
    {
        ["https://github.com/MiloszKrajewski/K4os.Compression.LZ4/blob/master/LICENSE?raw=true"] = "MIT",
    };

    [Fact]
    public void Every_dependency_and_its_licence_is_on_the_list()
    {
        string tool = Path.Combine(RepositoryRoot.Path, "samples", "Cs336.Cli", "Cs336.Cli.csproj");
        IEnumerable<string> lines = PackedFeed.Ids.Select(PackedFeed.ProjectOf).Append(tool)
            .SelectMany(project => PackagesOf(project), (project, folder) => (User: Path.GetFileNameWithoutExtension(project), folder))
            .GroupBy(use => Describe(use.folder), use => use.User)
            .Select(uses => $"{uses.Key} {string.Join(", ", uses.Distinct().Order(StringComparer.Ordinal))} |")
            .Order(StringComparer.OrdinalIgnoreCase);
        string page = Head.ReplaceLineEndings("\n") + string.Join('\n', lines) + '\n';

        string path = Path.Combine(RepositoryRoot.Path, Page);
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("SNAPSHOOTER_STRICT_MODE") != "on") File.WriteAllText(path, page);
        Assert.Equal(page, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    /// <summary>The columns of a package that are the same whoever uses it.</summary>
    private static string Describe(string folder)
    {
        XElement metadata = XDocument.Load(Directory.GetFiles(folder, "*.nuspec").Single()).Root!.Elements().Single();
        string? Text(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value.Trim();
        XElement? named = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license");
        string licence = LicenceOf(folder, named, Text("licenseUrl"));
        Assert.True(Accepted.Contains(licence), $"{Text("id")} has the licence {licence}, which is none of {string.Join(", ", Accepted)}.");
        // Of libtorch's packages each platform has one, of the same terms.
        string id = LibTorch().Replace(Text("id")!, "libtorch-cpu-linux-x64");
        return $"| [{id}](https://www.nuget.org/packages/{id}) | {licence} | {Text("copyright") ?? Text("authors")} |";
    }

    /// <summary>An expression of SPDX; where there is none, what the package's own licence file begins with.</summary>
    private static string LicenceOf(string folder, XElement? licence, string? url)
    {
        if (licence?.Attribute("type")?.Value == "expression") return licence.Value;
        if (licence is null && url is not null && Pages.TryGetValue(url, out string? known)) return known;
        string? file = licence is not null ? Path.Combine(folder, licence.Value) : Directory.GetFiles(folder, "LICENSE*").FirstOrDefault();
        string text = file is not null ? File.ReadAllText(file) : url ?? "none";
        if (text.Contains("Permission is hereby granted, free of charge", StringComparison.Ordinal)) return "MIT";
        if (text.Contains("Redistributions in binary form", StringComparison.OrdinalIgnoreCase)) return "BSD-3-Clause";
        return text.Contains("Apache License", StringComparison.Ordinal) ? "Apache-2.0" : text.Split('\n')[0];
    }

    /// <summary>The folders, in the package cache, of what a project restored.</summary>
    private static IEnumerable<string> PackagesOf(string project)
    {
        string assets = Path.Combine(Path.GetDirectoryName(project)!, "obj", "project.assets.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(assets));
        string[] caches = [.. document.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
        foreach (JsonProperty library in document.RootElement.GetProperty("libraries").EnumerateObject())
        {
            if (library.Value.GetProperty("type").GetString() != "package") continue;
            // What has none of these is a tool of the build.
            IEnumerable<string> files = library.Value.GetProperty("files").EnumerateArray().Select(file => file.GetString()!);
            if (!files.Any(file => file.Split('/')[0] is "lib" or "runtimes")) continue;
            string path = library.Value.GetProperty("path").GetString()!;
            yield return caches.Select(cache => Path.Combine(cache, path)).First(Directory.Exists);
        }
    }

    [GeneratedRegex("^libtorch-cpu-.*$")]
    private static partial Regex LibTorch();
}
