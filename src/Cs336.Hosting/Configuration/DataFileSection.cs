using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>The members of a <see cref="DataFile"/>, which its converter takes as a path or as an object of these.</summary>
internal sealed record DataFileSection
{
    public string? Path { get; set; }

    public double? Weight { get; set; }
}
