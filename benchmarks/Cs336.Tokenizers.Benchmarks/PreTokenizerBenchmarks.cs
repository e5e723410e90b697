using BenchmarkDotNet.Attributes;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Cutting text into pre-tokens.</summary>
[MemoryDiagnoser]
public class PreTokenizerBenchmarks
{
    private readonly int[] _ends = new int[1024];
    private readonly IPreTokenizer _automaton = new PatternPreTokenizer(PreTokenizers.O200k.Pattern);

    [Benchmark]
    public int Gpt2() => Count(PreTokenizers.Gpt2);

    [Benchmark]
    public int Cl100k() => Count(PreTokenizers.Cl100k);

    [Benchmark]
    public int Qwen2() => Count(PreTokenizers.Qwen2);

    [Benchmark]
    public int O200k() => Count(PreTokenizers.O200k);

    /// <summary>As any pattern is cut that has no scanner.</summary>
    [Benchmark]
    public int O200kByAutomaton() => Count(_automaton);

    private int Count(IPreTokenizer preTokenizer)
    {
        ReadOnlySpan<byte> rest = BenchmarkData.Text;
        int total = 0;
        while (!rest.IsEmpty)
        {
            int count = preTokenizer.Split(rest, _ends);
            rest = rest[_ends[count - 1]..];
            total += count;
        }
        return total;
    }
}
