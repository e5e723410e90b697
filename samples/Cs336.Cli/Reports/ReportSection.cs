using Cs336.Charts;

namespace Cs336.Cli;

/// <summary>A part of a report: a heading and what is below it.</summary>
/// <param name="Title">The heading.</param>
internal sealed record ReportSection(string Title)
{
    /// <summary>A paragraph.</summary>
    public string? Text { get; init; }

    /// <summary>A table: its first row are the columns' names.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Table { get; init; }

    /// <summary>A picture.</summary>
    public Chart? Chart { get; init; }

    /// <summary>Text as it was written, line by line.</summary>
    public string? Verbatim { get; init; }
}
