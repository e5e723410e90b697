namespace Stories;

/// <summary>One kind of story: who and what it needs, and its beats from the first trouble to the moral.</summary>
/// <remarks>
/// What makes a story hang together lives in <see cref="SetScene"/>: it fills a slot once, and every beat names
/// that slot. The thing lost is so the thing found, and the place stays where it was. Any variant of a beat must
/// follow on any variant of the one before.
/// </remarks>
internal abstract class Plot
{
    /// <summary>What happens after <see cref="Opening"/> has introduced the hero, in order.</summary>
    public abstract IReadOnlyList<Beat> Beats { get; }

    /// <summary>Chooses what this plot needs beyond the hero and the place.</summary>
    public abstract void SetScene(Scene scene, StoryRandom random);
}
