using System.Runtime.CompilerServices;
using Cs336.Serving;
using Cs336.Inference;

namespace StoryServer.Model;

/// <summary>Tells stories with the newest checkpoint, on the managed engine, so that libtorch's threads are the training's alone.</summary>
internal sealed class StoryTeller(IServiceProvider services, IHostApplicationLifetime lifetime) : IDisposable
{
    private const int MaxPromptLength = 2_000;
    private volatile Served? _served;

    /// <summary>The training step of the model that is served; null while there is none.</summary>
    public long? ModelStep => _served?.Step;

    /// <summary>The model that the <see cref="GenerationService"/> begins with.</summary>
    /// <exception cref="BusyException">There is none yet.</exception>
    public CpuLanguageModel Model => _served?.Model ?? throw NotYet();

    /// <summary>Serves another model from the next story on; stories that are being told keep theirs.</summary>
    /// <returns>Completes when the model before is not used any more and has been let go of.</returns>
    public async Task ServeAsync(long step, CpuLanguageModel model)
    {
        bool isFirst = _served is null;
        _served = new Served(step, model);
        if (isFirst) services.GetRequiredService<GenerationService>(); // begins with this model
        else ((CpuLanguageModel)await services.GetRequiredService<GenerationService>().ReloadAsync(model)).Dispose();
    }

    /// <summary>Checks a request and puts it in the queue.</summary>
    /// <param name="request">What to tell.</param>
    /// <param name="caller">Who asks; callers take turns.</param>
    /// <param name="cancellationToken">Ends the story at the next token.</param>
    /// <exception cref="UnsoundRequestException">The request is not sound; the message lists every problem.</exception>
    /// <exception cref="GenerationQueueFullException">Too many are waiting.</exception>
    /// <exception cref="BusyException">There is no model yet.</exception>
    public Telling Begin(StoryRequest request, string caller, CancellationToken cancellationToken)
    {
        Served served = _served ?? throw NotYet();
        uint seed = request.Seed ?? (uint)Random.Shared.NextInt64(uint.MaxValue);
        CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            GenerationRequest generation =
                new(request.Prompt) { Options = Check(request, seed, served.Model.ContextLength), Caller = caller };
            IAsyncEnumerable<GeneratedText> pieces = services.GetRequiredService<GenerationService>().StreamAsync(generation, either.Token);
            // Where a newer model came while the story waited, it is not known which of them tells it.
            return new Telling(TellAsync(pieces, either), seed, () => _served == served ? served.Step : null);
        }
        catch (Exception exception)
        {
            either.Dispose();
            // Thrown by the call itself it is about the request; the service's own faults come while the text is read.
            if (exception is ArgumentException) throw new UnsoundRequestException(exception.Message, exception);
            throw;
        }
    }

    public void Dispose() => _served?.Model.Dispose();

    private static BusyException NotYet() => new(
        StatusCodes.Status503ServiceUnavailable, "The model has not learnt enough yet: the first checkpoint is still to come. Ask again "
            + "in a while.", TimeSpan.FromSeconds(5));

    private static GenerationOptions Check(StoryRequest request, uint seed, int contextLength)
    {
        GenerationOptions options = new()
        {
            MaxNewTokens = request.MaxNewTokens ?? contextLength,
            Temperature = request.Temperature,
            TopK = request.TopK,
            TopP = request.TopP,
            Seed = seed,
        };
        List<string> problems = [.. options.FindProblems()];
        if (request.Prompt.Length == 0) problems.Add("prompt is empty: give at least one character to go on from.");
        if (request.Prompt.Length > MaxPromptLength)
            problems.Add($"prompt has {request.Prompt.Length} characters, but may have at most {MaxPromptLength}.");
        if (request.MaxNewTokens > contextLength)
            problems.Add($"maxNewTokens is {request.MaxNewTokens}, but may be at most {contextLength}.");
        if (request.Temperature > 100) problems.Add($"temperature is {request.Temperature}, but may be at most 100.");
        return problems.Count == 0 ? options : throw new UnsoundRequestException(string.Join(" ", problems));
    }

    private static async IAsyncEnumerable<GeneratedText> TellAsync(
        IAsyncEnumerable<GeneratedText> pieces, CancellationTokenSource either,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using (either)
        {
            await foreach (GeneratedText piece in pieces.WithCancellation(cancellationToken)) yield return piece;
        }
    }

    private sealed record Served(long Step, CpuLanguageModel Model);
}
