namespace Stories;

/// <summary>One moment of a story, with the ways it can be told. The telling takes one of them.</summary>
/// <param name="Variants">Templates: see <see cref="StoryTemplate"/>.</param>
/// <param name="Percent">How many of 100 tellings have this beat.</param>
/// <param name="StartsParagraph">Whether a blank line comes before it.</param>
internal sealed record Beat(string[] Variants, int Percent, bool StartsParagraph)
{
    /// <summary>A moment that every telling has.</summary>
    public static Beat Of(params string[] variants) => new(variants, 100, StartsParagraph: false);

    /// <summary>A moment that every other telling leaves out.</summary>
    public static Beat Sometimes(params string[] variants) => new(variants, 50, StartsParagraph: false);

    /// <summary>A moment that every telling has, at the start of a paragraph.</summary>
    public static Beat Paragraph(params string[] variants) => new(variants, 100, StartsParagraph: true);
}
