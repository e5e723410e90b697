using System.Diagnostics;
using Cs336.Inference;

namespace Cs336.Benchmarks.Decoding;

/// <summary>How decoding bears a process that keeps one core busy.</summary>
internal static class ContentionCommand
{
    private const int Passes = 15, Count = 200;

    public static int Run(string folder)
    {
        foreach (bool busy in (bool[])[false, true])
        {
            using Process? other = busy ? Process.Start(Environment.ProcessPath!, ["worker", "burn"]) : null;
            try
            {
                foreach (int threads in (int[])[1, 2])
                {
                    using CpuLanguageModel model = CpuLanguageModel.Load(folder, new CpuModelOptions { ThreadCount = threads });
                    double[] rates = [.. Enumerable.Range(0, Passes).Select(_ => Rate(model)).Skip(Passes / 3)];
                    Console.WriteLine($"{model.Precision}, {threads} thread(s), {(busy ? "one core busy" : "nothing else")}: {Comparison.Median(rates):0} tokens/s, slowest {rates.Min():0}");
                }
            }
            finally
            {
                other?.Kill();
            }
        }
        return 0;
    }

    public static void Burn()
    {
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
