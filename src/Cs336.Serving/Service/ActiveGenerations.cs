using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Serving;

/// <summary>
/// The requests that advance together: how each begins, gets its tokens and ends. The scheduler's thread alone changes it.
/// </summary>
internal sealed class ActiveGenerations(ITokenizer tokenizer, TimeProvider time, GenerationTelemetry telemetry)
{
    private const long NoPass = long.MinValue;

    private readonly List<PendingGeneration> _generations = [];
    private long _passBegunAt = NoPass;

    public int Count => _generations.Count;

    /// <inheritdoc cref="GenerationServiceStatus.FailedPasses"/>
    public int FailedPasses { get; private set; }

    /// <inheritdoc cref="GenerationServiceStatus.Fault"/>
    public Exception? Fault { get; set; }

    /// <summary>
    /// How long the pass that is under way has taken, with drawing from what it gave; zero where there is none. May be asked by any thread.
    /// </summary>
    public TimeSpan PassTime =>
        Volatile.Read(ref _passBegunAt) is long begunAt and not NoPass ? time.GetElapsedTime(begunAt) : TimeSpan.Zero;

    /// <summary>Gives a request its place, and the model that it keeps to its end.</summary>
    public void Add(PendingGeneration generation, ServedModel model)
    {
        _generations.Add(generation);
        generation.Model = model;
        model.Begin();
    }

    public void Begin(PendingGeneration generation)
    {
        try
        {
            generation.Text = new TextSequence(tokenizer, generation.Model!.Model, generation.PromptIds, generation.Options);
            _ = generation.Text.Tokens.Pending; // takes the cache's memory: where there is none, this request fails and no other
        }
        catch (Exception exception)
        {
            End(generation, "failed", exception);
            return;
        }
        telemetry.Began(generation);
    }

    /// <summary>Advances every text by one token. After a change of models those of the old one have a pass of their own.</summary>
    public void Step()
    {
        long now = time.GetTimestamp();
        foreach (PendingGeneration generation in _generations.ToArray())
        {
            if (generation.IsCancelled) End(generation, "cancelled", generation.MakeCancelledException());
            else if (now >= generation.Deadline) EndAtDeadline(generation);
            else if (FindFailure(generation) is Exception failure) End(generation, "failed", failure);
        }
        foreach (IGrouping<ServedModel, PendingGeneration> group in _generations.GroupBy(generation => generation.Model!).ToArray())
        {
            Volatile.Write(ref _passBegunAt, time.GetTimestamp());
            try
            {
                Advance(group.Key, [.. group]);
            }
            finally
            {
                Volatile.Write(ref _passBegunAt, NoPass);
            }
        }
    }

    /// <summary>Ends a request whose time limit has passed; its text ends where it is.</summary>
    public void EndAtDeadline(PendingGeneration generation)
    {
        generation.Write(generation.Text?.End(FinishReason.TimeLimit)
            ?? new GeneratedText("", FinishReason.TimeLimit) { PromptTokens = generation.PromptIds.Length });
        End(generation, OutcomeOf(FinishReason.TimeLimit));
    }

    /// <summary>Frees a request's place and answers its caller; only then others are told of it.</summary>
    public void End(PendingGeneration generation, string outcome, Exception? exception = null)
    {
        Exception? failureOfCache = null;
        try
        {
            generation.Text?.Dispose();
        }
        catch (Exception failure)
        {
            failureOfCache = failure;
        }
        if (generation.Model is not null && _generations.Remove(generation)) generation.Model.End();
        generation.Complete(exception);
        if (failureOfCache is not null) telemetry.CacheFailed(failureOfCache);
        telemetry.Ended(generation, outcome);
    }

    public void EndAll(string outcome, Exception exception)
    {
        foreach (PendingGeneration generation in _generations.ToArray()) End(generation, outcome, exception);
    }

    /// <summary>
    /// Why a request cannot be in the next pass, or null: making or shortening its cache may fail, and that ends no other request.
    /// </summary>
    private static Exception? FindFailure(PendingGeneration generation)
    {
        try
        {
            _ = generation.Text!.Tokens.Pending;
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private void Advance(ServedModel model, PendingGeneration[] generations)
    {
        try
        {
            model.Batch.Forward([.. generations.Select(generation => generation.Text!.Tokens)]);
        }
        catch (Exception exception)
        {
            FailedPasses++;
            foreach (PendingGeneration generation in generations) End(generation, "failed", exception);
            telemetry.PassFailed(exception, generations.Length);
            return;
        }
        (FailedPasses, Fault) = (0, null);
        int drawn = 0;
        for (int i = 0; i < generations.Length; i++)
        {
            PendingGeneration generation = generations[i];
            try
            {
                GeneratedText piece = generation.Text!.Accept(model.Batch.Logits(i));
                drawn++;
                generation.Write(piece);
                if (generation.NewTokens == 1) telemetry.DrewFirst(generation);
                if (piece.FinishReason is FinishReason reason) End(generation, OutcomeOf(reason));
            }
            catch (Exception exception) // a logit processor of the request, or a model that has diverged
            {
                End(generation, "failed", exception);
            }
        }
        telemetry.Drew(drawn);
    }

    private static string OutcomeOf(FinishReason reason) => reason switch
    {
        FinishReason.StopToken => "stop_token",
        FinishReason.StopString => "stop_string",
        FinishReason.MaxNewTokens => "max_new_tokens",
        FinishReason.ContextFull => "context_full",
        FinishReason.TimeLimit => "time_limit",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "There is no such reason."),
    };
}
