namespace QuickStart.Stories;

/// <summary>Beginnings of stories for a trained model to go on with.</summary>
internal static class StoryPrompts
{
    /// <summary>
    /// A beginning that no generated story has: it never rains at the start of one. A model that goes on about Mia and
    /// her ball has learned more than sentences by heart.
    /// </summary>
    public const string Unseen = "One rainy day, Mia took her red ball to the park.";

    /// <summary>Two beginnings that many stories have, and the one that none has.</summary>
    public static IReadOnlyList<string> All { get; } = ["Once upon a time", "There once was a clever", Unseen];
}
