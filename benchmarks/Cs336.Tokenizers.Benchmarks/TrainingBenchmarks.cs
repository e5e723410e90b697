using BenchmarkDotNet.Attributes;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Training on 4 MiB of text.</summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    [Params(257, 1_000, 10_000)]
    public int VocabSize { get; set; }

    [Benchmark]
    public int Train() =>
        new BpeTrainer(new BpeTrainerOptions { VocabSize = VocabSize }).Train(new MemoryStream(BenchmarkData.Text)).VocabSize;
}
