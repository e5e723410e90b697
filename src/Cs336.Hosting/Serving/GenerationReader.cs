using System.Runtime.CompilerServices;
using Cs336.Inference;

namespace Cs336.Hosting;

/// <summary>The pieces of a request's text, for one reader. When he leaves, even before the first piece, the request is given up.</summary>
internal sealed class GenerationReader(Generation generation, CancellationToken cancellationToken) : IAsyncEnumerable<GeneratedText>
{
    private int _readers;

    public IAsyncEnumerator<GeneratedText> GetAsyncEnumerator(CancellationToken ofReader = default) =>
        Interlocked.Increment(ref _readers) == 1
            ? new Reader(generation, ReadAsync(cancellationToken).GetAsyncEnumerator(ofReader))
            : throw new InvalidOperationException("The pieces of a text can be read once: keep them, or ask for the text again with its seed.");

    private async IAsyncEnumerable<GeneratedText> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            List<GeneratedText> ready = [];
            while (await generation.Pieces.WaitToReadAsync(cancellation).ConfigureAwait(false))
            {
                // What has come while the reader was busy is one piece to him: the slower he is, the fewer he gets.
                while (generation.Pieces.TryRead(out GeneratedText? piece)) ready.Add(piece);
                yield return ready.Count == 1 ? ready[0] : GeneratedText.Join(ready);
                ready.Clear();
            }
        }
        finally
        {
            generation.Abandon();
        }
    }

    /// <summary>An iterator that was not begun runs no finally: so leaving gives the request up here too.</summary>
    private sealed class Reader(Generation generation, IAsyncEnumerator<GeneratedText> pieces) : IAsyncEnumerator<GeneratedText>
    {
        public GeneratedText Current => pieces.Current;

        public ValueTask<bool> MoveNextAsync() => pieces.MoveNextAsync();

        public ValueTask DisposeAsync()
        {
            generation.Abandon();
            return pieces.DisposeAsync();
        }
    }
}
