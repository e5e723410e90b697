namespace Cs336.Cli;

/// <summary>The formats that <c>cs336 export</c> knows.</summary>
internal static class ExportFormats
{
    public static IReadOnlyList<IExportFormat> All { get; } = [new GgufFormat(), new HuggingFaceFormat()];
}
