using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>A model of a <see cref="GenerationService"/>, and how many requests still use it.</summary>
internal sealed class ServedModel(ILanguageModel model)
{
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _requests;
    private bool _replaced;

    public ILanguageModel Model => model;

    /// <summary>Used by the service's thread alone.</summary>
    public BatchGenerator Batch { get; } = new(model);

    /// <summary>Completes when the model was replaced and its last request has ended.</summary>
    public Task Unused => _unused.Task;

    /// <summary>A request uses the model from here on.</summary>
    public void Begin()
    {
        lock (_lock) _requests++;
    }

    /// <summary>A request that used the model has ended.</summary>
    public void End()
    {
        lock (_lock)
        {
            _requests--;
            CompleteWhereUnused();
        }
    }

    /// <summary>No request will begin with the model any more.</summary>
    public void Replace()
    {
        lock (_lock)
        {
            _replaced = true;
            CompleteWhereUnused();
        }
    }

    private void CompleteWhereUnused()
    {
        if (_replaced && _requests == 0) _unused.TrySetResult();
    }
}
