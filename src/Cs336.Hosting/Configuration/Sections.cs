using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Cs336.Parts;
using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>Reads configuration sections of runs, models and trainings.</summary>
internal static class Sections
{
    /// <summary>Reads a run.</summary>
    public static SectionReader OfRun { get; } = Of(SectionsJson.Default);

    /// <summary>Reads options that may hold parts of a run's description.</summary>
    /// <param name="members">Knows the options' members, without reflection.</param>
    public static SectionReader Of(IJsonTypeInfoResolver members) => new(
        new JsonSerializerOptions(RunConfig.JsonOptions)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(RunConfig.JsonOptions.TypeInfoResolver, members),
        },
        type => type == typeof(DataFile) ? typeof(DataFileSection) : type,
        InitialModelSection.Take);
}
