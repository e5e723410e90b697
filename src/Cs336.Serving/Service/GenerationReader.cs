using System.Runtime.CompilerServices;
using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>The pieces of a request's text, for one reader. When it leaves, even before the first piece, the request is given up.</summary>
internal sealed class GenerationReader(
    PendingGeneration generation, TimeSpan stallTimeout, TimeProvider time, CancellationToken cancellationToken)
    : IAsyncEnumerable<GeneratedText>
{
    private int _readers;

    public IAsyncEnumerator<GeneratedText> GetAsyncEnumerator(CancellationToken ofReader = default) =>
        Interlocked.Increment(ref _readers) == 1
            ? new Reader(generation, ReadAsync(cancellationToken).GetAsyncEnumerator(ofReader))
            : throw new InvalidOperationException(
                "The pieces of a text can be read once: keep them, or ask for the text again with its seed.");

    private async IAsyncEnumerable<GeneratedText> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        // The service's thread ends a text at its time limit, but cannot while it waits for a pass of the model that does not return.
        TimeSpan untilLimit = time.GetElapsedTime(time.GetTimestamp(), generation.Deadline);
        using CancellationTokenSource stall = new(untilLimit > TimeSpan.Zero ? untilLimit + stallTimeout : stallTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stall.Token);
        try
        {
            List<GeneratedText> ready = [];
            while (await WaitAsync(either.Token, cancellation).ConfigureAwait(false))
            {
                // What has come while the reader was busy is one piece: the slower it reads, the fewer it gets.
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

    /// <summary>Whether there is another piece; waits for it until the reader cancels, or the model counts as stalled.</summary>
    private async ValueTask<bool> WaitAsync(CancellationToken either, CancellationToken cancellation)
    {
        try
        {
            return await generation.Pieces.WaitToReadAsync(either).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // A reader that was slower than the model gets what is there all the same.
            if (generation.Pieces.TryPeek(out _) || generation.Pieces.Completion.IsCompleted)
                return await generation.Pieces.WaitToReadAsync(cancellation).ConfigureAwait(false);
            throw new TimeoutException(
                $"The model has not come back for {stallTimeout} after the text's time limit: the text is given up.");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation); // names the reader's token, not the one that was made of it
        }
    }

    /// <summary>An iterator that was not begun runs no finally: so leaving gives the request up here too.</summary>
    private sealed class Reader(PendingGeneration generation, IAsyncEnumerator<GeneratedText> pieces) : IAsyncEnumerator<GeneratedText>
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
