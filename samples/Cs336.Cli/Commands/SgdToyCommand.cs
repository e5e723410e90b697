using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Charts;
using Cs336.Training;
using Cs336.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>
/// <c>cs336 sgd-toy</c>: the course's first look at learning rates. The mean square of a 10 × 10 matrix is minimised by SGD with
/// the rate lr / √(t + 1); each step multiplies the loss by (1 - 2 lr / (100 √(t + 1)))².
/// </summary>
internal static class SgdToyCommand
{
    private const int Size = 10, MaxSteps = 100_000;

    private static readonly Option<double[]> Rates = CreateRates();
    private static readonly Option<int> Steps = Options.WithDefault("--steps", 10, "Steps of each", "N").Within(1, MaxSteps);
    private static readonly Option<long> Seed = Options.WithDefault("--seed", 0L, "Determines the initial weights", "N");

    private static readonly Option<string?> ChartPath = Options.Optional<string?>("--chart", "Draw the losses to PATH.png and PATH.svg",
        "PATH");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("sgd-toy", "The course's toy table: what SGD does to a loss at learning rates 1, 10, 100 and 1000",
            "cs336 sgd-toy --lr 1 10 100 1000 --steps 10");
        command.AddAll(Rates, Steps, Seed, ChartPath);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        int steps = parsed.GetValue(Steps);
        LibTorch.EnsureLoaded();
        double[] rates = parsed.GetValue(Rates)!;
        float[][] losses = [.. rates.Select(rate => Descend(rate, steps, parsed.GetValue(Seed)))];
        terminal.Table("Loss before each step", ["step", .. rates.Select(rate => $"lr {Units.Number(rate)}")],
            Enumerable.Range(0, steps + 1).Select(step => (IReadOnlyList<string>)[Units.Number(step),
                .. losses.Select(curve => Units.Number(curve[step], "G6"))]));
        for (int i = 0; i < rates.Length; i++)
            terminal.Line($"lr {Units.Number(rates[i]),-6} {(Diverges(losses[i]) ? "diverges" : "converges")}");
        string[] files = parsed.GetValue(ChartPath) is string path ? ChartFiles.Save(Draw(rates, losses), path) : [];
        if (files.Length > 0) terminal.Line($"Curves: {string.Join(", ", files)}");
        terminal.Result(new JsonObject
        {
            ["steps"] = steps,
            ["runs"] = new JsonArray([.. rates.Zip(losses, (rate, curve) => (JsonNode)new JsonObject
            {
                ["learning_rate"] = rate,
                ["losses"] = new JsonArray([.. curve.Select(loss => (JsonNode?)Units.Finite(loss))]),
                ["ratios"] = new JsonArray([.. Enumerable.Range(0, steps)
                    .Select(step => (JsonNode?)Units.Finite(curve[step + 1] / curve[step]))]),
                ["expected_ratios"] = new JsonArray([.. Enumerable.Range(0, steps)
                    .Select(step => (JsonNode?)Units.Finite(Math.Pow(1 - 2 * rate / (Size * Size * Math.Sqrt(step + 1)), 2)))]),
                ["diverged"] = Diverges(curve),
            })]),
            ["files"] = new JsonArray([.. files.Select(file => (JsonNode)file)]),
        });
        return ExitCodes.Done;
    }

    private static Option<double[]> CreateRates()
    {
        Option<double[]> option = Options.WithDefault<double[]>("--lr", [1, 10, 100, 1000], "Learning rates", "LR");
        option.AllowMultipleArgumentsPerToken = true;
        return option;
    }

    private static Chart Draw(double[] rates, float[][] losses) => new()
    {
        Title = "Mean square of a matrix under SGD",
        XLabel = "step",
        YLabel = "loss",
        WholeX = true,
        YScale = AxisScale.Log,
        Series =
            [.. rates.Select((rate, i) => new ChartSeries($"lr {Units.Number(rate)}",
            [.. losses[i].Select((loss, step) => new ChartPoint(step, loss))], SeriesStyle.Dots, i))],
    };

    /// <summary>The loss before each step and after the last.</summary>
    private static float[] Descend(double rate, int steps, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new((ulong)seed, CPU);
        using Scalar spread = 5;
        Parameter weights = nn.Parameter(randn([Size, Size], generator: generator).mul_(spread));
        using Sgd optimizer = new([new NamedParameter("weights", weights)]);
        float[] losses = new float[steps + 1];
        for (int step = 0; ; step++)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor loss = (weights * weights).mean();
            losses[step] = loss.item<float>();
            if (step == steps) return losses;
            optimizer.ZeroGrad();
            loss.backward();
            optimizer.Step(rate / Math.Sqrt(step + 1));
        }
    }

    private static bool Diverges(float[] losses) => !float.IsFinite(losses[^1]) || losses[^1] > losses[0];
}
