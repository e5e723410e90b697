namespace QuickStart.Stories;

/// <summary>Beginnings of stories for a trained model to go on with.</summary>
internal static class StoryPrompts
{
    /// <summary>
    /// A sentence that no generated story has: none says "the rabbit" of a name or begins with a loss. A model that
    /// goes on about Mia and her kite has learned more than sentences by heart.
    /// </summary>
    public const string Unseen = "Mia the rabbit lost her yellow kite in the park.";

    /// <summary>Two beginnings that many stories have, and the one that none has.</summary>
    public static IReadOnlyList<string> All { get; } = ["Once upon a time", "There once was a clever", Unseen];
}
