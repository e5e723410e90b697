using BenchmarkDotNet.Running;
using Cs336.Tokenizers.Benchmarks;

// For example: dotnet run -c Release --project benchmarks/Cs336.Tokenizers.Benchmarks -- --filter '*Encod*'
if (args is ["ladder", string path]) Ladder.Run(path);
else if (args is ["stages", string text, string gpt2]) Stages.Run(text, gpt2);
else BenchmarkSwitcher.FromAssembly(typeof(EncodingBenchmarks).Assembly).Run(args);
