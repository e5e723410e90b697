using BenchmarkDotNet.Attributes;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Loading a vocabulary: the greater part of a short program's start.</summary>
[MemoryDiagnoser]
public class FormatBenchmarks
{
    private string _folder = "";

    [GlobalSetup]
    public void Save()
    {
        _folder = Directory.CreateTempSubdirectory("cs336-benchmarks-").FullName;
        BenchmarkData.Model.Save(Path.Combine(_folder, "both"));
        BenchmarkData.Model.Save(Path.Combine(_folder, "json"));
        File.Delete(Path.Combine(_folder, "json", "vocab.json"));
        TiktokenFile.Save(BenchmarkData.Model, Path.Combine(_folder, "ranks.tiktoken"));
    }

    [GlobalCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public int LoadVocabularyAndMerges() => BpeModel.Load(Path.Combine(_folder, "both")).VocabSize;

    [Benchmark]
    public int LoadTokenizerJson() => BpeModel.Load(Path.Combine(_folder, "json")).VocabSize;

    [Benchmark]
    public int LoadTiktokenRanks() =>
        TiktokenFile.Load(Path.Combine(_folder, "ranks.tiktoken"), BenchmarkData.Model.SpecialTokens, PreTokenizers.Gpt2).VocabSize;
}
