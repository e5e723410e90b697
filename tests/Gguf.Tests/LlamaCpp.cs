using System.Text;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Gguf.Tests;

/// <summary>A GGUF file in llama.cpp: float32 keys and values, no flash attention, one sequence.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly LLamaWeights _weights;
    private readonly ModelParams _options;
    private LLamaContext? _context;
    private int _length;

    public LlamaCpp(string path, bool vocabularyOnly = false)
    {
        _options = new ModelParams(path)
        {
            VocabOnly = vocabularyOnly,
            GpuLayerCount = 0,
            Threads = 1,
            BatchThreads = 1,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
        };
        _weights = LLamaWeights.LoadFromFile(_options);
    }

    /// <summary>The file's keys as llama.cpp tells them.</summary>
    public IReadOnlyDictionary<string, string> Keys => _weights.Metadata;

    /// <summary>The ids of a text, without any before or after it.</summary>
    public int[] Encode(string text, bool special = false) =>
        [.. _weights.Tokenize(text, add_bos: false, special, Encoding.UTF8).Select(token => (int)token)];

    /// <summary>The ids of a text with those that the file says to add.</summary>
    public int[] EncodeAsTold(string text) =>
        [.. _weights.Tokenize(text, add_bos: true, special: false, Encoding.UTF8).Select(token => (int)token)];

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _context?.NativeHandle.MemoryClear();
        _length = 0;
    }

    /// <summary>Appends tokens and tells the logits after the last.</summary>
    public float[] Forward(ReadOnlySpan<int> tokens)
    {
        _context ??= _weights.CreateContext(_options);
        LLamaBatch batch = new();
        for (int i = 0; i < tokens.Length; i++) batch.Add(tokens[i], _length++, LLamaSeqId.Zero, i == tokens.Length - 1);
        DecodeResult result = _context.Decode(batch);
        return result == DecodeResult.Ok ? _context.NativeHandle.GetLogitsIth(tokens.Length - 1).ToArray()
            : throw new InvalidOperationException($"llama.cpp decodes with the result {result}.");
    }

    public void Dispose()
    {
        _context?.Dispose();
        _weights.Dispose();
    }
}
