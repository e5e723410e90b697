using LLama;
using LLama.Common;
using LLama.Native;

namespace Cs336.Benchmarks.Gguf;

/// <summary>A GGUF file in llama.cpp, as it is by default: mapped, keys and values in float16.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly LLamaContext _context;
    private int _length;

    public LlamaCpp(string path, int threads, int contextLength)
    {
        ModelParams options = new(path)
        {
            GpuLayerCount = 0, Threads = threads, BatchThreads = threads, ContextSize = (uint)contextLength,
        };
        _weights = LLamaWeights.LoadFromFile(options);
        _context = _weights.CreateContext(options);
    }

    public void Clear()
    {
        _context.NativeHandle.MemoryClear();
        _length = 0;
    }

    /// <summary>Appends tokens and gives the logits after the last.</summary>
    public ReadOnlySpan<float> Forward(ReadOnlySpan<int> tokens)
    {
        LLamaBatch batch = new();
        for (int i = 0; i < tokens.Length; i++) batch.Add(tokens[i], _length++, LLamaSeqId.Zero, i == tokens.Length - 1);
        DecodeResult result = _context.Decode(batch);
        return result == DecodeResult.Ok ? _context.NativeHandle.GetLogitsIth(tokens.Length - 1)
            : throw new InvalidOperationException($"llama.cpp decodes with the result {result}.");
    }

    public void Dispose()
    {
        _context.Dispose();
        _weights.Dispose();
    }
}
