using Cs336.Inference;

namespace StoryServer.Model;

/// <summary>A story that is told, or waits for its turn.</summary>
/// <param name="Pieces">Its text as it is made, to be read once; the last piece says why it ends.</param>
/// <param name="Seed">The seed that tells it again.</param>
/// <param name="FindModelStep">
/// Asked at the first piece: the training step of the model that tells it, or null where that is not certain.
/// </param>
internal sealed record Telling(IAsyncEnumerable<GeneratedText> Pieces, uint Seed, Func<long?> FindModelStep);
