namespace Stories;

/// <summary>Beginnings of stories for a trained model to go on with.</summary>
public static class StoryPrompts
{
    /// <summary>
    /// A beginning that no generated story has: there are no ponies in them, and nobody in them is introduced as brave. A
    /// model that goes on about Leo and his kite has learned more than sentences by heart.
    /// </summary>
    public const string Unseen =
        "Once upon a time, there was a brave pony named Leo. One day, Leo took his blue kite to the beach.";

    /// <summary>Two beginnings that many stories have, and the one that none has.</summary>
    public static IReadOnlyList<string> All { get; } = ["Once upon a time", "There once was a clever", Unseen];
}
