using Cs336.Serving;
using Cs336.Inference;

namespace Soak;

/// <summary>Callers of many tempers, each of whom must get an answer to everything that he waits for.</summary>
internal sealed class Callers(GenerationService service, Faults faults, Findings findings, Func<bool> isOver)
{
    private const int Count = 12;
    private const string Stopped = "the service has stopped";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks until the service has stopped.</summary>
    public Task RunAsync() =>
        Task.WhenAll(Enumerable.Range(0, Count).Select(number => Task.Run(() => AskOnAndOnAsync($"caller {number}"))));

    private async Task AskOnAndOnAsync(string caller)
    {
        for (string answer = ""; answer != Stopped; await Task.Delay(faults.Next(0, 40)))
        {
            answer = await AskAsync(caller);
            findings.Answer(answer);
        }
    }

    private async Task<string> AskAsync(string caller)
    {
        Task<string> answer = Task.Run(() => faults.Next(0, 8) switch
        {
            0 => StreamAsync(caller, slow: true, leaveAfter: int.MaxValue),
            1 => LeaveAsync(caller),
            2 => CancelAsync(caller),
            3 => WholeAsync(Ask(caller, [new FaultyProcessor(faults)])),
            4 => WholeAsync(new GenerationRequest("") { Caller = caller }),
            5 => StreamAsync(caller, slow: false, leaveAfter: int.MaxValue),
            _ => WholeAsync(Ask(caller)),
        });
        try
        {
            return await answer.WaitAsync(Patience);
        }
        catch (Exception exception)
        {
            return Judge(exception, answer.IsCompleted);
        }
    }

    /// <summary>What an exception tells the caller, where it is one that he may get.</summary>
    private string Judge(Exception exception, bool isAnswer)
    {
        switch (exception)
        {
            case TimeoutException when !isAnswer:
                findings.Break("every caller gets an answer", $"none in {Patience}");
                return "none";
            case InjectedFaultException { Kind: "pass of the model" or "cache of the model" or "logit processor" } injected:
                return $"failed: {injected.Kind}";
            case GenerationQueueFullException: return "refused: the queue is full";
            case ArgumentException when exception.Message.Contains("logit", StringComparison.Ordinal):
                return "its own processor left no number to draw from";
            case ArgumentException: return "refused: the request is not sound";
            case ObjectDisposedException when isOver(): return Stopped;
            case OperationCanceledException: return "cancelled by the caller";
            default:
                findings.Break("a caller is told of no fault but his own or the model's", exception.ToString());
                return "something else";
        }
    }

    private async Task<string> WholeAsync(GenerationRequest request) => $"text: {(await service.GenerateAsync(request)).FinishReason}";

    private async Task<string> StreamAsync(string caller, bool slow, int leaveAfter)
    {
        FinishReason? reason = null;
        await foreach (GeneratedText piece in service.StreamAsync(Ask(caller)))
        {
            reason = piece.FinishReason;
            if (slow) await Task.Delay(faults.Next(1, 100));
            if (--leaveAfter == 0) return "left in the middle";
        }
        return $"text: {reason}";
    }

    private Task<string> LeaveAsync(string caller)
    {
        int pieces = faults.Next(0, 5);
        if (pieces > 0) return StreamAsync(caller, slow: false, leaveAfter: pieces);
        service.StreamAsync(Ask(caller)); // and never looks at it
        return Task.FromResult("left without a look");
    }

    private async Task<string> CancelAsync(string caller)
    {
        using CancellationTokenSource cancellation = new(faults.Next(0, 50));
        return $"text: {(await service.GenerateAsync(Ask(caller), cancellation.Token)).FinishReason}";
    }

    private GenerationRequest Ask(string caller, IReadOnlyList<ILogitProcessor>? processors = null) => new("Today a cat")
    {
        Caller = caller,
        Options = new GenerationOptions
        {
            MaxNewTokens = faults.Next(1, 64), Seed = (ulong)faults.Next(0, 1_000), Processors = processors ?? [],
            ContextOverflow = ContextOverflow.Reprime,
        },
        TimeLimit = faults.IsTime(16) ? TimeSpan.FromMilliseconds(faults.Next(1, 20)) : null,
    };
}
