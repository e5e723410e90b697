using System.Text.Json.Nodes;

namespace Cs336.Cli.Tests;

public sealed class SweepAndAblateCommandTests : IDisposable
{
    private readonly SmallRun _small = new();

    public void Dispose() => _small.Dispose();

    [Fact]
    public void A_sweep_finds_the_best_rate_and_the_first_that_diverges_above_it()
    {
        string[] arguments = ["sweep", .. _small.Config, "--output", _small.File("sweep"), "--log-range", "optimizer.max_lr=1e-4:1000:4",
            "--set", "training.max_steps=60"];
        JsonObject sweep = CliRun.Json(arguments);
        JsonObject[] points = [.. sweep["points"]!.AsArray().Select(point => point!.AsObject())];
        Assert.Equal([1e-4, 0.02154, 4.642, 1000], points.Select(point => (double)point["optimizer.max_lr"]!));
        double best = (double)sweep["best"]!["optimizer.max_lr"]!, edge = (double)sweep["first_diverged"]!["optimizer.max_lr"]!;
        Assert.Equal(points.Where(point => point["validation_loss"] is not null)
            .MinBy(point => (double)point["validation_loss"]!)!["optimizer.max_lr"]!.ToJsonString(),
            sweep["best"]!["optimizer.max_lr"]!.ToJsonString());
        Assert.Equal(0.02154, best);
        Assert.Equal(points.Where(point => (bool)point["diverged"]! && (double)point["optimizer.max_lr"]! > best)
            .Min(point => (double)point["optimizer.max_lr"]!), edge);
        Assert.Equal(edge / best, (double)sweep["ratio"]!, 6);
        Assert.Contains($"Best: optimizer.max_lr=0.02154", (string)sweep["findings"]!);
        Assert.Contains("First to diverge: optimizer.max_lr=", (string)sweep["findings"]!);
        JsonNode stopped = sweep["runs"]!.AsArray().Single(run =>
            ((string)run!["name"]!).StartsWith("optimizer.max_lr=1000,", StringComparison.Ordinal))!;
        Assert.Equal("diverged", (string)stopped["outcome"]!);
        Assert.InRange((int)stopped["steps"]!, 1, 59); // stopped early
        foreach (string file in (string[])["loss-by-step.png", "loss-by-step.svg", "sweep.png", "sweep.svg"])
            Assert.True(File.Exists(_small.File($"sweep/{file}")), file);
    }

    [Fact]
    public void A_sweep_that_was_stopped_goes_on_run_by_run_and_comes_to_the_same()
    {
        string[] arguments = ["sweep", .. _small.Config, "--grid", "training.batch_size=1,4", "--seeds", "2", "--jobs", "1"];
        JsonObject whole = CliRun.Json([.. arguments, "--output", _small.File("whole")]);

        using CancellationTokenSource stopping = new();
        stopping.Cancel();
        CliRun stopped = CliRun.With("", stopping.Token, [.. arguments, "--output", _small.File("torn")]);
        Assert.Equal(130, stopped.ExitCode);
        Assert.Contains("The same command again goes on", stopped.Errors);
        JsonObject resumed = CliRun.Json([.. arguments, "--output", _small.File("torn")]);
        Assert.Equal(whole["points"]!.ToJsonString(), resumed["points"]!.ToJsonString());

        string metrics = _small.File("torn/seed=0,training.batch_size=1/metrics.jsonl");
        DateTime before = File.GetLastWriteTimeUtc(metrics);
        CliRun.Json([.. arguments, "--output", _small.File("torn")]);
        Assert.Equal(before, File.GetLastWriteTimeUtc(metrics)); // what is done is not done again
        CliRun.Of([.. arguments, "--output", _small.File("torn"), "--set", "model.d_model=24"]).Failed(1, "use another folder");
    }

    [Fact]
    public void Ablations_compare_four_variants_with_the_baseline_and_are_repeatable()
    {
        string[] arguments = ["ablate", .. _small.Config, "--set", "model.d_ff=32", "--seeds", "2"];
        JsonArray variants = CliRun.Json([.. arguments, "--output", _small.File("a")])["variants"]!.AsArray();
        Assert.Equal(["baseline", "no-rmsnorm", "post-norm", "nope", "silu"], variants.Select(variant => (string)variant!["variant"]!));
        // No norms: 48 gains fewer; SiLU: as many.
        Assert.Equal([12_208, 12_160, 12_208, 12_208, 12_208], variants.Select(variant => (int)variant!["parameters"]!));
        Assert.Equal(5, variants.Select(variant => (double)variant!["validation_loss"]!).Distinct().Count());
        Assert.All(variants, variant => Assert.Equal(2, (int)variant!["runs"]!));
        double baseline = (double)variants[0]!["validation_loss"]!;
        Assert.All(variants, variant => Assert.Equal((double)variant!["validation_loss"]! - baseline,
            (double)variant["against_baseline"]!, 9));

        JsonArray again = CliRun.Json([.. arguments, "--output", _small.File("b")])["variants"]!.AsArray();
        Assert.Equal(variants.ToJsonString(), again.ToJsonString());
        JsonNode silu = JsonNode.Parse(File.ReadAllText(_small.File("a/optimizer.max_lr=0.01,seed=1,variant=silu/config.json")))!;
        Assert.Equal(("silu", 48, 1), ((string)silu["model"]!["ffn"]!, (int)silu["model"]!["d_ff"]!, (int)silu["training"]!["seed"]!));
    }

    [Fact]
    public void Switches_of_the_recipe_are_variants_too()
    {
        JsonArray variants = CliRun.Json(["ablate", .. _small.Config, "--output", _small.File("a"), "--switches", "--set",
            "optimizer.name=muon", "training.max_steps=10", "model.num_layers=2"])["variants"]!.AsArray();
        Assert.Equal(
            ["baseline", "no-rmsnorm", "post-norm", "nope", "silu", "qk-norm", "relu2", "zero-init", "soft-cap", "embedding-scale",
                "tied-embeddings", "windows", "value-embeddings", "unet-skips", "nor-muon", "to-zero", "weight-average"],
            variants.Select(variant => (string)variant!["variant"]!));
        // Each of them changes something.
        Assert.Equal(variants.Count, variants.Select(variant => (double)variant!["validation_loss"]!).Distinct().Count());
        Assert.All(variants, variant => Assert.Equal(1, (int)variant!["runs"]!));
        JsonNode zero = JsonNode.Parse(File.ReadAllText(_small.File("a/optimizer.max_lr=0.01,seed=0,variant=to-zero/config.json")))!;
        Assert.Equal(("wsd", 0, 0.0), ((string)zero["optimizer"]!["schedule"]!, (int)zero["optimizer"]!["decay_start"]!,
            (double)zero["optimizer"]!["min_lr"]!));
    }

    [Fact]
    public void A_variants_rate_is_tuned_where_asked()
    {
        JsonArray variants = CliRun.Json(["ablate", .. _small.Config, "--output", _small.File("a"), "--only", "no-rmsnorm", "--tune-lr",
            "1e-5:1e-2:2"])["variants"]!.AsArray();
        Assert.Equal(2, variants.Count);
        Assert.All(variants, variant => Assert.Equal((0.01, 2), ((double)variant!["max_lr"]!, (int)variant["runs"]!)));
        CliRun text = CliRun.Of(["ablate", .. _small.Config, "--output", _small.File("a"), "--only", "no-rmsnorm", "--tune-lr",
            "1e-5:1e-2:2"]).Succeeded();
        Assert.Contains("| no-rmsnorm |", text.Output);

        // The other seeds are run at the best rate alone.
        JsonArray seeds = CliRun.Json(["ablate", .. _small.Config, "--output", _small.File("a"), "--only", "no-rmsnorm", "--tune-lr",
            "1e-5:1e-2:2", "--seeds", "3"])["variants"]!.AsArray();
        Assert.All(seeds, variant => Assert.Equal((0.01, 4), ((double)variant!["max_lr"]!, (int)variant["runs"]!)));
        Assert.All(seeds, variant => Assert.True((double)variant!["lowest"]! < (double)variant["highest"]!));
    }

    [Theory]
    [InlineData(2, "Nothing varies", "sweep")]
    [InlineData(2, "must be LOW:HIGH:COUNT", "sweep", "--log-range", "optimizer.max_lr=1e-4")]
    [InlineData(1, "is optimizer.max_lr meant?", "sweep", "--grid", "optimizer.max_rl=1,2")]
    [InlineData(1, "batch_size is 0", "sweep", "--grid", "training.batch_size=4,0")]
    [InlineData(2, "'gelu'", "ablate", "--only", "gelu")]
    [InlineData(2, "--only names the variants, so that --switches would not be used", "ablate", "--only", "nope", "--switches")]
    public void Bad_input_is_one_message_before_any_run_begins(int code, string message, params string[] arguments)
    {
        CliRun.Of([arguments[0], .. _small.Config, "--output", _small.File("out"), .. arguments[1..]]).Failed(code, message);
        Assert.False(Path.Exists(_small.File("out")));
    }
}
