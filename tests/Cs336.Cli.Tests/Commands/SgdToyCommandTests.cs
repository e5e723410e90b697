using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Cli.Tests;

public class SgdToyCommandTests
{
    [Fact]
    public void Each_step_multiplies_the_loss_as_the_formula_says()
    {
        JsonArray runs = CliRun.Json("sgd-toy")["runs"]!.AsArray();
        Assert.Equal([1.0, 10, 100, 1000], runs.Select(run => (double)run!["learning_rate"]!));
        foreach (JsonNode? run in runs)
        {
            double rate = (double)run!["learning_rate"]!;
            double[] losses = [.. run["losses"]!.AsArray().Select(loss => (double)loss!)];
            Assert.Equal(11, losses.Length);
            for (int t = 0; t < 10; t++)
            {
                double expected = Math.Pow(1 - 2 * rate / (100 * Math.Sqrt(t + 1)), 2);
                // Where the factor cancels (lr 100 at t = 3), what is left of the weights is float rounding: 1e-7 of them.
                Assert.InRange(losses[t + 1], losses[t] * (expected * (1 - 2e-6)) - losses[t] * 1e-12,
                    losses[t] * (expected * (1 + 2e-6)) + losses[t] * 1e-12);
            }
        }
    }

    [Fact]
    public void Only_the_rate_of_1000_diverges()
    {
        JsonArray runs = CliRun.Json("sgd-toy", "--steps", "10")["runs"]!.AsArray();
        Assert.Equal([false, false, false, true], runs.Select(run => (bool)run!["diverged"]!));
        double[] losses = [.. runs[3]!["losses"]!.AsArray().Select(loss => (double)loss!)];
        Assert.Equal(losses.Order(), losses);
        Assert.InRange(losses[10] / losses[0], 1e17, 1e20);
    }

    [Fact]
    public void The_table_says_the_same_and_the_seed_decides_the_weights()
    {
        string table = CliRun.Of("sgd-toy", "--lr", "1", "1000", "--seed", "3").Succeeded().Output;
        Assert.Contains("lr 1000   diverges", table);
        Assert.Equal(table, CliRun.Of("sgd-toy", "--lr", "1", "1000", "--seed", "3").Output);
        Assert.NotEqual(table, CliRun.Of("sgd-toy", "--lr", "1", "1000", "--seed", "4").Output);
    }

    [Fact]
    public void The_losses_are_drawn_where_asked()
    {
        using TemporaryFolder folder = new();
        CliRun.Of("sgd-toy", "--chart", folder.File("toy")).Succeeded();
        Assert.True(File.Exists(folder.File("toy.png")));
        Assert.Contains(">lr 1000</text>", File.ReadAllText(folder.File("toy.svg")));
    }
}
