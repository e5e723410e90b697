using System.Buffers;
using BenchmarkDotNet.Attributes;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Encoding and decoding 4 MiB of text. The memory column shows what a pass allocates: it must not grow with the text.</summary>
[MemoryDiagnoser]
public class EncodingBenchmarks
{
    private static readonly byte[] OneLetter = Enumerable.Repeat((byte)'a', 1 << 20).ToArray();

    private readonly BpeTokenizer _tokenizer = new(BenchmarkData.Model);
    private readonly ArrayBufferWriter<int> _ids = new(BenchmarkData.Text.Length);
    private int[] _encoded = [];

    [GlobalSetup]
    public void Encode() => _encoded = _tokenizer.Encode(BenchmarkData.Text);

    [Benchmark]
    public int EncodeWarm() => Encode(_tokenizer, BenchmarkData.Text, SpecialTokenHandling.Ignore);

    [Benchmark]
    public int EncodeWarmWithSpecialTokens() => Encode(_tokenizer, BenchmarkData.Text, SpecialTokenHandling.Allow);

    [Benchmark]
    public int EncodeCold() => Encode(new BpeTokenizer(BenchmarkData.Model), BenchmarkData.Text, SpecialTokenHandling.Ignore);

    [Benchmark]
    public int EncodeOneLongPreToken() => Encode(_tokenizer, OneLetter, SpecialTokenHandling.Ignore);

    [Benchmark]
    public int Decode() => _tokenizer.DecodeBytes(_encoded).Length;

    private int Encode(BpeTokenizer tokenizer, byte[] text, SpecialTokenHandling specialTokens)
    {
        _ids.ResetWrittenCount();
        tokenizer.Encode(text, _ids, specialTokens);
        return _ids.WrittenCount;
    }
}
