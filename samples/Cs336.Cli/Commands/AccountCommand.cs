using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cs336.Inference;

namespace Cs336.Cli;

/// <summary><c>cs336 account</c>: what a model takes, before it is built.</summary>
internal static class AccountCommand
{
    private static readonly Dictionary<string, TransformerConfig> Presets = new()
    {
        ["gpt2-small"] = Gpt2Shapes.Small,
        ["gpt2-medium"] = Gpt2Shapes.Medium,
        ["gpt2-large"] = Gpt2Shapes.Large,
        ["gpt2-xl"] = Gpt2Shapes.Xl,
        ["gpt2-small-2026"] = Gpt2Shapes.Small2026,
        ["gpt2-medium-2026"] = Gpt2Shapes.Medium2026,
        ["gpt2-large-2026"] = Gpt2Shapes.Large2026,
        ["gpt2-xl-2026"] = Gpt2Shapes.Xl2026,
    };

    private static readonly ConfigOptions Config = new();
    private static readonly Option<string?> Preset = CreatePreset();
    private static readonly Option<int?> ContextLength = Options.Optional<int?>("--context-length",
        "Tokens a sequence [default: the model's context_length]", "N").Within(1);
    private static readonly Option<int> Batch = Options.WithDefault("--batch", 1, "Sequences per batch", "N").Within(1);
    private static readonly Option<string> Memory = Options.WithDefault("--memory", "80GB", "Memory that the largest batch must fit",
        "SIZE");
    private static readonly Option<bool> FusedAttention = Options.Optional<bool>("--fused-attention",
        "Count activations with fused attention, which holds no scores");
    private static readonly Option<int?> LossChunk = Options.Optional<int?>("--loss-chunk",
        "Count activations with the loss taken in chunks of this many tokens", "N").Within(1);
    private static readonly Option<long> Steps = Options.WithDefault("--steps", 400_000L, "Training time: steps", "N").Within(1);
    private static readonly Option<int> TrainingBatch = Options.WithDefault("--training-batch", 1024, "Training time: sequences per step",
        "N").Within(1);
    private static readonly Option<string> Peak = Options.WithDefault("--peak-flops", "19.5e12",
        "Training time: the device's peak FLOP/s, a number (19.5e12: A100 in float32) or device:format, one of "
            + string.Join(", ", PeakFlops.Known.Keys), "X");
    private static readonly Option<double> Mfu = Options.WithDefault("--mfu", 0.5, "Training time: model FLOPs utilisation, above 0 to 1",
        "X");

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("account", "Parameters, FLOPs by component, memory, largest batch and training time of a model, from "
            + "its configuration alone",
            "cs336 account --preset gpt2-xl --context-length 16384\n"
                + "cs336 account --preset gpt2-xl-2026 --peak-flops h100:tf32\n"
                + "cs336 account --config run.json --set model.d_model=512 --batch 32 --memory 24GiB");
        Config.AddTo(command, withData: false);
        command.AddAll(Preset, ContextLength, Batch, Memory, FusedAttention, LossChunk, Steps, TrainingBatch, Peak, Mfu);
        command.SetAction(parsed => Run(parsed, terminal));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal)
    {
        TransformerConfig config = ConfigOf(parsed);
        long memoryBytes = Units.ParseBytes(Memory.Name, parsed.GetRequiredValue(Memory));
        ActivationOptions activations = new() { FusedAttention = parsed.GetValue(FusedAttention),
            LossChunkLength = parsed.GetValue(LossChunk) };
        ModelAccount account = ModelAccount.Of(config, parsed.GetValue(ContextLength), parsed.GetValue(Batch), activations);
        long largest = account.Memory.LargestBatch(memoryBytes);
        double peak = PeakOf(parsed);
        double days = DaysOf(matrixProductsOnly: false), hoursOfProducts = 24 * DaysOf(matrixProductsOnly: true);
        AccountedComponent[] flops = CourseComponents(account.ForwardFlops);

        Shares(terminal, "Parameters", "parameters", account.Parameters.Components, account.Parameters.Total);
        Shares(terminal, $"Forward pass of {account.Batch} x {account.SequenceLength:N0} tokens", "FLOPs", flops,
            account.ForwardFlops.Total);
        terminal.Line($"Training step (forward and backward): {Units.Count(account.TrainingFlops.Total)} FLOPs");
        terminal.Line($"Matrix products alone: {Units.Count(account.ForwardFlops.MatrixProducts)} FLOPs forward, "
            + $"{Units.Count(account.TrainingFlops.MatrixProducts)} a training step");
        terminal.Line($"AdamW's step: {Units.Count(FlopCount.AdamWStep(config))} FLOPs, 14 a parameter");
        terminal.Line();
        Shares(terminal, $"Training with AdamW in float32 at batch {account.Batch}", "bytes",
            [new("parameters", account.Memory.Parameters), new("gradients", account.Memory.Gradients),
                new("AdamW's moments", account.Memory.OptimizerState),
             .. account.Memory.ActivationsPerSequence.Components.Select(item =>
                 new AccountedComponent($"activations: {item.Name}", item.Value * account.Batch))],
            account.MemoryAtBatch);
        terminal.Line($"Bytes: {account.Memory.Expression}");
        terminal.Line($"Largest batch in {Units.Bytes(memoryBytes)}: {largest}");
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"Training time: {(days < 10 ? Units.Time(TimeSpan.FromDays(days)) : $"{days:N0} days")} for {parsed.GetValue(Steps):N0} steps "
                + $"of {parsed.GetValue(TrainingBatch):N0} sequences at {peak:0.###e+0} FLOP/s and an MFU of "
                + $"{parsed.GetValue(Mfu):0.##}; matrix products alone: {hoursOfProducts:N0} hours"));
        Int128? original = OriginalTotal(parsed, account);
        if (original is Int128 total)
            terminal.Line($"The original's table has {Units.Count(total)} FLOPs: it takes the softmax of 12 heads, but the model has 16.");

        JsonObject json = ToJson(account, flops, memoryBytes, largest, original);
        json["training_time"] = new JsonObject
        {
            ["steps"] = parsed.GetValue(Steps),
            ["batch"] = parsed.GetValue(TrainingBatch),
            ["peak_flops"] = peak,
            ["mfu"] = parsed.GetValue(Mfu),
            ["days"] = days,
            ["hours_of_matrix_products"] = hoursOfProducts,
        };
        terminal.Result(json);
        return ExitCodes.Done;

        double DaysOf(bool matrixProductsOnly) => TrainingTime.Days(config, account.SequenceLength, parsed.GetValue(TrainingBatch),
            parsed.GetValue(Steps), peak, parsed.GetValue(Mfu), matrixProductsOnly);
    }

    private static double PeakOf(ParseResult parsed)
    {
        try
        {
            return PeakFlops.Parse(parsed.GetRequiredValue(Peak));
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{Peak.Name}: {exception.Message}");
        }
    }

    private static TransformerConfig ConfigOf(ParseResult parsed)
    {
        string? preset = parsed.GetValue(Preset);
        if (preset is null == (parsed.GetValue(Config.Config) is null))
            throw new UsageException("Name one model: --preset gpt2-xl, or --config FILE.");
        return Config.Read(parsed, preset is null ? null : new JsonObject { ["model"] = JsonNode.Parse(Presets[preset].ToJson()) })
            .CompleteModel();
    }

    /// <summary>The components as the course's report names them: scores and values are one, the attention mechanism.</summary>
    private static AccountedComponent[] CourseComponents(FlopCount flops) =>
    [
        new("feed-forward", flops.FeedForward),
        new("LM head", flops.Head),
        new("attention projections", flops.AttentionProjections),
        new("attention mechanism", flops.AttentionScores + flops.AttentionValues),
        new("softmax", flops.Softmax),
        new("layer norms", flops.Norms),
        new("RoPE", flops.Rotary),
        new("residual adds", flops.Residuals),
    ];

    /// <summary>
    /// What the original's report gives for GPT-2 medium, whose softmax it counts with the number of heads of the small one; null
    /// for other models.
    /// </summary>
    private static Int128? OriginalTotal(ParseResult parsed, ModelAccount account) => parsed.GetValue(Preset) != "gpt2-medium" ? null
        : account.ForwardFlops.Total - account.ForwardFlops.Softmax
        + account.ForwardFlops.Softmax * Gpt2Shapes.Small.NumHeads / account.Config.NumHeads;

    private static void Shares(Terminal terminal, string title, string unit, IReadOnlyList<AccountedComponent> components, Int128 total) =>
        terminal.Table(title, ["component", unit, "share"],
            [.. components.Select(item => (IReadOnlyList<string>)[item.Name, Units.Count(item.Value),
                Units.Number((double)item.Value / (double)total, "0.00%")]),
             ["total", Units.Count(total), ""]]);

    private static JsonObject ToJson(
        ModelAccount account, AccountedComponent[] flops, long memoryBytes, long largestBatch, Int128? original) => new()
    {
        ["model"] = JsonNode.Parse(account.Config.ToJson()),
        ["context_length"] = account.SequenceLength,
        ["batch"] = account.Batch,
        ["parameters"] = Components(account.Parameters.Components, account.Parameters.Total),
        ["forward_flops"] = Components(flops, account.ForwardFlops.Total),
        ["training_flops"] = Components(CourseComponents(account.TrainingFlops), account.TrainingFlops.Total),
        ["matrix_product_flops"] = new JsonObject
        {
            ["forward"] = Exact(account.ForwardFlops.MatrixProducts),
            ["training"] = Exact(account.TrainingFlops.MatrixProducts),
        },
        ["adamw_step_flops"] = Exact(FlopCount.AdamWStep(account.Config)),
        ["original_forward_flops"] = original is Int128 other ? Exact(other) : null,
        ["memory"] = new JsonObject
        {
            ["parameters"] = account.Memory.Parameters,
            ["gradients"] = account.Memory.Gradients,
            ["optimizer_state"] = account.Memory.OptimizerState,
            ["activations_per_sequence"] = Components(account.Memory.ActivationsPerSequence.Components, account.Memory.PerSequence),
            ["total_at_batch"] = account.MemoryAtBatch,
            ["expression"] = account.Memory.Expression,
            ["memory_bytes"] = memoryBytes,
            ["largest_batch"] = largestBatch,
        },
    };

    private static JsonObject Components(IReadOnlyList<AccountedComponent> components, Int128 total)
    {
        JsonObject json = [];
        foreach (AccountedComponent item in components) json[Key(item.Name)] = Exact(item.Value);
        json["total"] = Exact(total);
        return json;
    }

    private static string Key(string name) =>
        string.Join('_', name.ToLowerInvariant().Replace("ᵀ", "t", StringComparison.Ordinal)
        .Split([' ', '-', ','], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>All digits: a double would round what exceeds 53 bits.</summary>
    private static JsonNode Exact(Int128 value) => JsonNode.Parse(value.ToString(CultureInfo.InvariantCulture))!;

    private static Option<string?> CreatePreset()
    {
        Option<string?> option = Options.Optional<string?>("--preset", $"A known model: {string.Join(", ", Presets.Keys)}", "NAME");
        option.AcceptOnlyFromAmong([.. Presets.Keys]);
        return option;
    }
}
