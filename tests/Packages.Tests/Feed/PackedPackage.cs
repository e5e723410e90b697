using System.IO.Compression;
using System.Xml.Linq;

namespace Packages.Tests.Feed;

/// <summary>A package as it was packed.</summary>
internal sealed record PackedPackage(string Path)
{
    private readonly XElement _metadata = ReadMetadata(Path);

    public string Id => Text("id")!;

    public string Version => Text("version")!;

    /// <summary>The text of an element of the nuspec, or null.</summary>
    public string? Text(string element) => Element(element)?.Value;

    /// <summary>An element of the nuspec, or null.</summary>
    public XElement? Element(string name) => _metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name);

    /// <summary>Name and version of each package that this one asks for.</summary>
    public IEnumerable<string> Dependencies =>
        _metadata.Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => $"{element.Attribute("id")!.Value} {element.Attribute("version")!.Value}");

    /// <summary>The names of the files in it.</summary>
    public IReadOnlyList<string> Files
    {
        get
        {
            using ZipArchive archive = ZipFile.OpenRead(Path);
            return [.. archive.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>A file's bytes.</summary>
    public byte[] Read(string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path);
        using Stream stream = archive.GetEntry(file)!.Open();
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static XElement ReadMetadata(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        using Stream stream = archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single();
    }
}
