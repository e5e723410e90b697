using System.Xml.Linq;

namespace Packages.Tests.Feed;

/// <summary>The versions of others' packages that this repository uses.</summary>
internal static class Pins
{
    private static readonly XDocument Versions = XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props"));

    public static string VersionOf(string package)
    {
        XElement pin = Versions.Descendants("PackageVersion").Single(item => item.Attribute("Include")!.Value == package);
        string version = pin.Attribute("Version")!.Value;
        return version.StartsWith("$(", StringComparison.Ordinal) ? Versions.Descendants(version[2..^1]).Single().Value : version;
    }
}
