using BenchmarkDotNet.Attributes;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Cutting text into pre-tokens.</summary>
[MemoryDiagnoser]
public class PreTokenizerBenchmarks
{
    private readonly int[] _ends = new int[1024];

    [Benchmark]
    public int Gpt2()
    {
        ReadOnlySpan<byte> rest = BenchmarkData.Text;
        int total = 0;
        while (!rest.IsEmpty)
        {
            int count = Gpt2PreTokenizer.Instance.Split(rest, _ends);
            rest = rest[_ends[count - 1]..];
            total += count;
        }
        return total;
    }
}
