using System.Diagnostics.CodeAnalysis;
using Cs336.Parts;
using Cs336.Settings;
using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>Reads configuration sections of runs, models and trainings.</summary>
internal static class Sections
{
    public static SectionReader Reader { get; } = MakeReader();

    /// <summary>Keeps the members in a program that is trimmed too; those of other options are kept where they are registered.</summary>
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(DataFileSection))]
    private static SectionReader MakeReader() =>
        new(SettingsJson.Options, type => type == typeof(DataFile) ? typeof(DataFileSection) : type);

    /// <summary>The members of a <see cref="DataFile"/>, which its converter takes as a path or as an object of these.</summary>
    private sealed record DataFileSection
    {
        public string? Path { get; set; }

        public double? Weight { get; set; }
    }
}
