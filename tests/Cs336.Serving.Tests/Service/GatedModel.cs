using Cs336.Inference;
using Cs336.Inference.Tests;

namespace Cs336.Serving.Tests;

/// <summary>A model that computes a pass only when the test lets it, and tells what each pass was given.</summary>
internal sealed class GatedModel(HistoryModel inner) : ILanguageModel
{
    private readonly SemaphoreSlim _gate = new(0);
    private readonly SemaphoreSlim _arrived = new(0);

    public int VocabSize => inner.VocabSize;

    public int ContextLength => inner.ContextLength;

    /// <summary>The inputs of the pass that waits.</summary>
    public int[][] Inputs { get; private set; } = [];

    public IKvCache CreateCache() => inner.CreateCache();

    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        List<int[]> inputs = [];
        foreach (DecodingInput input in batch) inputs.Add(input.Tokens.ToArray());
        Inputs = [.. inputs];
        _arrived.Release();
        _gate.Wait();
        inner.Forward(batch, logits);
    }

    /// <summary>Waits until a pass waits; returns the first character of each of its inputs.</summary>
    public async Task<string> NextAsync()
    {
        Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(30)), "no pass came");
        return string.Concat(Inputs.Select(tokens => (char)tokens[0]));
    }

    public void Let(int passes = 1) => _gate.Release(passes);
}
