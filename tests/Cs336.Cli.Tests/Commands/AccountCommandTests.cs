using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Cli.Tests;

public class AccountCommandTests
{
    /// <summary>The snapshots hold every number of the original's tables: parameters, operations by component, memory.</summary>
    [Theory]
    [InlineData("gpt2-small", null)]
    [InlineData("gpt2-medium", null)]
    [InlineData("gpt2-large", null)]
    [InlineData("gpt2-xl", null)]
    [InlineData("gpt2-xl", "16384")]
    [InlineData("gpt2-small-2026", null)]
    [InlineData("gpt2-medium-2026", null)]
    [InlineData("gpt2-large-2026", null)]
    [InlineData("gpt2-xl-2026", null)]
    [InlineData("gpt2-xl-2026", "16384")]
    public void The_account_is_the_one_on_record(string preset, string? context)
    {
        string[] arguments = ["account", "--preset", preset, .. context is null ? (string[])[] : ["--context-length", context]];
        SnapshotAssert.Match(CliRun.Of(arguments).Succeeded().Output, $"account-{preset}-{context ?? "1024"}");
    }

    [Theory]
    [InlineData("gpt2-small", 1024, 350_690_476_032)]
    [InlineData("gpt2-medium", 1024, 1_035_328_290_816)]
    [InlineData("gpt2-large", 1024, 2_263_044_587_520)]
    [InlineData("gpt2-xl", 1024, 4_522_151_116_800)]
    [InlineData("gpt2-xl", 16_384, 151_475_768_524_800)]
    public void The_totals_are_the_originals(string preset, int context, long total)
    {
        JsonObject account = CliRun.Json("account", "--preset", preset, "--context-length", $"{context}");
        JsonNode flops = account["forward_flops"]!;
        Assert.Equal(total, (long)(account["original_forward_flops"] ?? flops["total"])!);
        Assert.Equal((long)flops["total"]!, flops.AsObject().Where(item => item.Key != "total").Sum(item => (long)item.Value!));
    }

    /// <summary>The formulas of the original's report, written out here once more.</summary>
    [Theory]
    [InlineData("gpt2-small", 12, 768, 12)]
    [InlineData("gpt2-xl", 48, 1600, 25)]
    public void Components_follow_the_originals_formulas(string preset, long layers, long d, long heads)
    {
        const long B = 3, S = 512, V = 50_257;
        JsonNode flops = CliRun.Json("account", "--preset", preset, "--context-length", $"{S}", "--batch", $"{B}")["forward_flops"]!;
        Assert.Equal(layers * 6 * B * S * d * 4 * d, (long)flops["feed_forward"]!);
        Assert.Equal(2 * B * S * d * V, (long)flops["lm_head"]!);
        Assert.Equal(layers * 8 * B * S * d * d, (long)flops["attention_projections"]!);
        Assert.Equal(layers * 4 * B * S * S * d, (long)flops["attention_mechanism"]!);
        Assert.Equal(layers * 6 * B * heads * S * S, (long)flops["softmax"]!);
        Assert.Equal((layers * 8 * B * S * d) + (4 * B * S * d), (long)flops["layer_norms"]!);
        Assert.Equal(layers * 6 * B * S * d, (long)flops["rope"]!);
        Assert.Equal(layers * 2 * B * S * d, (long)flops["residual_adds"]!);
    }

    [Theory]
    [InlineData("gpt2-small-2026", 2048, 162_148_608, 0.2916)]
    [InlineData("gpt2-medium-2026", 2752, 406_539_264, 0.8302)]
    [InlineData("gpt2-large-2026", 3392, 833_591_040, 1.7685)]
    [InlineData("gpt2-xl-2026", 4288, 1_640_452_800, 3.5168)]
    public void The_presets_of_2026_are_those_of_its_handout(string preset, int width, long parameters, double teraFlops)
    {
        JsonObject account = CliRun.Json("account", "--preset", preset, "--peak-flops", "h100:tf32");
        Assert.Equal(width, (int)account["model"]!["d_ff"]!);
        Assert.Equal(parameters, (long)account["parameters"]!["total"]!);
        double products = (double)account["matrix_product_flops"]!["forward"]!;
        Assert.Equal(teraFlops, products / 1e12, 5e-5);
        Assert.Equal(14 * parameters, (long)account["adamw_step_flops"]!);
        JsonNode time = account["training_time"]!;
        Assert.Equal(495e12, (double)time["peak_flops"]!);
        double hours = 3 * products * 1024 * 400_000 / (495e12 * 0.5) / 3600;
        Assert.Equal(hours, (double)time["hours_of_matrix_products"]!, hours * 1e-9);
        if (preset == "gpt2-xl-2026") Assert.InRange(hours, 4845, 4855);
    }

    [Fact]
    public void Memory_the_largest_batch_and_the_days_fit_together()
    {
        JsonNode account = CliRun.Json("account", "--preset", "gpt2-xl", "--memory", "80GB", "--batch", "2");
        JsonNode memory = account["memory"]!;
        long perSequence = (long)memory["activations_per_sequence"]!["total"]!, total = (long)memory["total_at_batch"]!,
            largest = (long)memory["largest_batch"]!;
        long whateverTheBatch = total - (2 * perSequence);
        Assert.Equal(16 * 2_127_057_600L, whateverTheBatch);
        Assert.InRange(80_000_000_000, whateverTheBatch + (largest * perSequence), whateverTheBatch + ((largest + 1) * perSequence));
        JsonNode fused = CliRun.Json("account", "--preset", "gpt2-xl", "--fused-attention", "--loss-chunk", "128")["memory"]!;
        Assert.True((long)fused["largest_batch"]! > largest);

        double days = (double)account["training_time"]!["days"]!;
        Assert.Equal(3.0 * 4_522_151_116_800 * 1024 * 400_000 / (19.5e12 * 0.5) / 86_400, days, days * 1e-9);
    }

    [Fact]
    public void Any_configuration_is_accounted_for_a_models_or_a_runs_with_overrides()
    {
        using SmallRun small = new();
        string model =
            small.Write("model.json",
            """{ "vocab_size": 300, "context_length": 16, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 32 }""");
        Assert.Equal(12_208, Parameters("--config", model));
        Assert.Equal(12_208, Parameters("--config", small.File("config.json")));
        Assert.Equal(2592 + 12_208, Parameters("--config", model, "--set", "model.num_layers=2")); // 4 · 16² + 3 · 16 · 32 + 2 · 16 more
        Assert.Equal(12_160, Parameters("--config", model, "--config-override", """{"model":{"norm":"none"}}"""));
        Assert.Equal(190_460_160 - 38_597_376, Parameters("--preset", "gpt2-small", "--set", "model.tied_embeddings=true"));
        CliRun.Of("account", "--preset", "gpt2-small", "--set", "model.d_modle=3").Failed(1, "is model.d_model meant?");
        CliRun.Of("account", "--preset", "gpt2-small", "--set", "model.num_heads=5").Failed(1, "num_heads 5 does not divide");
        CliRun.Of("account", "--preset", "gpt2-small", "--config", model).Failed(2, "Name one model");
        CliRun.Of("account", "--config", "nowhere.json").Failed(1, "There is no nowhere.json");

        static int Parameters(params string[] arguments) => (int)CliRun.Json(["account", .. arguments])["parameters"]!["total"]!;
    }
}
