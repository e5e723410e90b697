using System.Diagnostics;
using Cs336.Inference;

namespace Cs336.Benchmarks.Decoding;

/// <summary>How decoding bears a process that keeps one core busy: with and without it in turns, on one thread and on two.</summary>
internal static class ContentionCommand
{
    private const int Rounds = 5, Passes = 3, Count = 200;

    private static readonly (int Threads, bool Busy)[] Cases = [(1, false), (2, false), (1, true), (2, true)];

    public static int Run(string folder)
    {
        using CpuLanguageModel one = CpuLanguageModel.Load(folder, new CpuModelOptions { ThreadCount = 1 }), two = CpuLanguageModel.Load(
            folder, new CpuModelOptions { ThreadCount = 2 });
        List<double>[] rates = [.. Cases.Select(_ => new List<double>())];
        for (int round = 0; round < Rounds; round++)
            for (int i = 0; i < Cases.Length; i++)
            {
                using Process? other = Cases[i].Busy
                    ? Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["worker", "burn"]) { RedirectStandardOutput = true })
                    : null;
                try
                {
                    CpuLanguageModel model = Cases[i].Threads == 1 ? one : two;
                    other?.StandardOutput.ReadLine(); // it has begun
                    Rate(model);
                    for (int pass = 0; pass < Passes; pass++) rates[i].Add(Rate(model));
                }
                finally
                {
                    other?.Kill();
                    other?.WaitForExit();
                }
            }
        for (int i = 0; i < Cases.Length; i++)
            Console.WriteLine(
                $"{one.Precision}, {Cases[i].Threads} thread(s), {(Cases[i].Busy ? "one core busy" : "nothing else")}: "
                + $"{Comparison.Median(rates[i]):0} tokens/s, slowest {rates[i].Min():0}");
        return 0;
    }

    public static void Burn()
    {
        Console.WriteLine("busy");
        for (ulong x = 1; x != 0;) x = (x * 6364136223846793005) | 1;
    }

    private static double Rate(CpuLanguageModel model)
    {
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[model.VocabSize];
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < Count; i++) model.Forward(cache, new[] { 1 + i }, logits);
        return Count / clock.Elapsed.TotalSeconds;
    }
}
