using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Benchmarks.TrainingStep;

/// <summary>Attention alone, beside libtorch's fused kernel: forward, and forward and backward, in turns in one process.</summary>
internal static class AttentionComparison
{
    private const int Turns = 25;

    private static readonly (long Batch, long Heads, long Length, long Size)[] Shapes =
        [(8, 16, 256, 32), (4, 4, 256, 32), (12, 4, 64, 32), (2, 12, 1024, 64), (8, 6, 200, 40)];

    /// <summary>A Markdown table.</summary>
    public static string Run()
    {
        StringBuilder table = new("""
            ## Attention alone

            Queries, keys and values lie as a layer makes them, (B, T, heads, d). Medians, forward and backward with the gradients of all three.

            | B, heads, T, d | libtorch's fused kernel, ms: forward | with backward | Cs336, ms: forward | with backward | times as fast: forward | with backward |
            |---|---|---|---|---|---|---|

            """);
        foreach ((long batch, long heads, long length, long size) in Shapes)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => randn(batch, length, heads, size).requires_grad_())];
            Tensor gradient = randn(batch, length, heads, size).transpose(1, 2);
            Func<Tensor>[] ways =
            [
                () => nn.functional.scaled_dot_product_attention(Heads(0), Heads(1), Heads(2), is_casual: true),
                () => ScaledDotProductAttention.Attend(Heads(0), Heads(1), Heads(2), ComputePath.Fast),
            ];
            List<double>[] forward = [[], []], both = [[], []];
            for (int turn = 0; turn < Turns + 3; turn++)
                for (int way = 0; way < 2; way++)
                {
                    double alone = Time(() =>
                    {
                        using IDisposable noGradients = no_grad();
                        ways[way]();
                    });
                    foreach (Tensor input in inputs) input.grad = null;
                    double with = Time(() => Backpropagation.Run(ways[way](), gradient));
                    if (turn < 3) continue; // to warm up
                    forward[way].Add(1e3 * alone);
                    both[way].Add(1e3 * with);
                }
            Tensor Heads(int input) => inputs[input].transpose(1, 2); // as a layer splits what it has projected
            (double f0, double b0, double f1, double b1) = (Median(forward[0]), Median(both[0]), Median(forward[1]), Median(both[1]));
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {batch}, {heads}, {length}, {size} | {f0:f2} | {b0:f2} | {f1:f2} | {b1:f2} | {f0 / f1:f1} | {b0 / b1:f1} |");
        }
        return table.ToString();
    }

    private static double Time(Action action)
    {
        using DisposeScope scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
