using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>A token file to learn from. In JSON its path, or an object of <c>path</c> and <c>weight</c>.</summary>
[JsonConverter(typeof(DataFileConverter))]
public sealed record DataFile
{
    /// <summary>A token file, as <c>EncodeFile</c> writes it, or the manifest of several, which are one text.</summary>
    public required string Path { get; init; }

    /// <summary>How often windows come from it, relative to the other files. Default null: in proportion to its tokens.</summary>
    public double? Weight { get; init; }

    /// <summary>A file without a weight.</summary>
    public static implicit operator DataFile(string path) => new() { Path = path };
}
