using System.Numerics;
using System.Text.Json.Serialization;
using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>How the parameters change, and how fast: the section <c>optimizer</c> of a <see cref="RunConfig"/>.</summary>
public sealed record OptimizerConfig
{
    /// <summary>
    /// Which optimizer: <c>name</c>. Default <see cref="OptimizerKind.Muon"/>: on the learning benchmark it learns more than AdamW
    /// in as much time.
    /// </summary>
    public OptimizerKind Name { get; set; } = OptimizerKind.Muon;

    /// <summary>Which schedule: <c>schedule</c>. Default <see cref="ScheduleKind.Cosine"/>.</summary>
    public ScheduleKind Schedule { get; set; }

    /// <summary>
    /// The learning rate at the end of the warm-up, or all the time: <c>max_lr</c>. Default 3e-3, for small models; larger ones
    /// want less.
    /// </summary>
    [JsonPropertyName("max_lr")]
    public double MaxLearningRate { get; set; } = 3e-3;

    /// <summary>
    /// The learning rate at the end of the annealing or decay: <c>min_lr</c>. Default null: a tenth of
    /// <see cref="MaxLearningRate"/>.
    /// </summary>
    [JsonPropertyName("min_lr")]
    public double? MinLearningRate { get; set; }

    /// <summary>Steps in which the learning rate rises from 0: <c>warmup_steps</c>. Default null: a twentieth of all steps.</summary>
    public long? WarmupSteps { get; set; }

    /// <summary>The step at which the annealing ends: <c>cosine_steps</c>. Default null: the number of steps of the run.</summary>
    public long? CosineSteps { get; set; }

    /// <summary>
    /// The step at which the decay of <c>wsd</c> begins, to end with the run: <c>decay_start</c>. Default null: after four fifths
    /// of all steps. At <see cref="WarmupSteps"/>, with a <see cref="MinLearningRate"/> of 0, the rate falls in one line from the end of
    /// the warm-up to nothing (Bergsma et al., 2025, "Straight to Zero").
    /// </summary>
    public long? DecayStart { get; set; }

    /// <summary>
    /// The number of steps that the schedule is made for: <c>schedule_steps</c>. Default null: those of the run. A run that is made longer
    /// keeps its schedule by naming the length that it had; the last rate then holds for the steps that are added.
    /// </summary>
    public long? ScheduleSteps { get; set; }

    /// <summary>Decay rate of AdamW's mean of gradients: <c>beta1</c>. Default 0.9.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay rate of AdamW's mean of squared gradients: <c>beta2</c>. Default 0.95.</summary>
    public double Beta2 { get; set; } = 0.95;

    /// <summary>AdamW's ε: <c>eps</c>. Default 1e-8.</summary>
    [JsonPropertyName("eps")]
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>The decoupled weight decay: <c>weight_decay</c>. Default 0.1.</summary>
    public double WeightDecay { get; set; } = 0.1;

    /// <summary>
    /// Which parameters the decay acts on, of Muon's those that are no hidden matrices: <c>weight_decay_targets</c>, one of
    /// <c>all</c>, <c>matrices</c> and <c>matrices_but_embeddings</c>. Default all.
    /// </summary>
    public WeightDecayTargets WeightDecayTargets { get; set; }

    /// <summary>Muon's decay rate of the sum of gradients: <c>momentum</c>. Default 0.95.</summary>
    public double Momentum { get; set; } = 0.95;

    /// <summary>
    /// Updates over which Muon's momentum rises to <see cref="Momentum"/>: <c>momentum_warmup_steps</c>. Default null: it has it from the
    /// beginning. See <see cref="MuonOptions.MomentumWarmupSteps"/>.
    /// </summary>
    public long? MomentumWarmupSteps { get; set; }

    /// <summary>What it rises from: <c>momentum_start</c>. Default null: 0.85.</summary>
    public double? MomentumStart { get; set; }

    /// <summary>
    /// Whether Muon's updates are NorMuon's, in which all neurons of a matrix move about as far: <c>nor_muon</c>. Default false. See
    /// <see cref="MuonOptions.NorMuon"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NorMuon { get; set; }

    /// <summary>Decay rate of NorMuon's mean of squares: <c>nor_muon_beta2</c>. Default null: 0.95.</summary>
    [JsonPropertyName("nor_muon_beta2")]
    public double? NorMuonBeta2 { get; set; }

    /// <summary>What Muon multiplies the learning rate of the hidden matrices by: <c>matrix_lr_factor</c>. Default 3.</summary>
    [JsonPropertyName("matrix_lr_factor")]
    public double MatrixLearningRateFactor { get; set; } = 3;

    /// <summary>
    /// Which code takes the optimizer's steps on this machine, and why: what <see cref="ComputePlan"/> tells of the model.
    /// </summary>
    /// <param name="device">Where the parameters are; null for the CPU.</param>
    public ComputeChoice Describe(Device? device = null)
    {
        if (device is not null && device.type != DeviceType.CPU) return new("optimizer", "tensor operations on the device");
        string inOnePass = Vector.IsHardwareAccelerated
            ? $"one pass over the memory of all parameters in C# with {8 * Vector<byte>.Count}-bit vectors"
            : "one pass over the memory of all parameters in C#";
        return new("optimizer", Name switch
        {
            OptimizerKind.Muon =>
                $"hidden matrices whose shorter side is at most {MuonUpdate.MaxColumns:n0} in C# with {MuonUpdate.Supported[0].Name}, "
                + $"which computes half of a symmetric product, larger ones by libtorch; the others in {inOnePass}",
            OptimizerKind.Sgd => "tensor operations",
            _ => inOnePass,
        });
    }

    /// <summary>Makes the optimizer.</summary>
    /// <param name="parameters">What it trains.</param>
    /// <exception cref="ArgumentException">The constants are not sound; the message lists every problem.</exception>
    public IOptimizer CreateOptimizer(IReadOnlyList<NamedParameter> parameters) => Name switch
    {
        OptimizerKind.Muon => new Muon(parameters, MuonOptions),
        OptimizerKind.Sgd => new Sgd(parameters, new SgdOptions { WeightDecay = WeightDecay, DecayTargets = WeightDecayTargets }),
        _ => new AdamW(parameters, AdamWOptions),
    };

    /// <summary>Makes the schedule.</summary>
    /// <param name="steps">Number of steps of the run: see <see cref="RunConfig.TotalSteps"/>.</param>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public ILrSchedule CreateSchedule(long steps)
    {
        steps = ScheduleSteps ?? steps;
        double min = MinLearningRate ?? MaxLearningRate / 10;
        long warmup = WarmupSteps ?? steps / 20;
        return Schedule switch
        {
            ScheduleKind.Constant => new ConstantSchedule(MaxLearningRate),
            ScheduleKind.WarmupStableDecay =>
                new WarmupStableDecaySchedule(MaxLearningRate, min, warmup, DecayStart ?? (long)((Int128)steps * 4 / 5), steps),
            _ => new WarmupCosineSchedule(MaxLearningRate, min, warmup, CosineSteps ?? steps),
        };
    }

    /// <summary>Bytes of the optimizer's state, before it is made.</summary>
    internal Int128 StateBytes(TransformerConfig model)
    {
        ParameterCount count = ParameterCount.Of(model);
        Int128 biases = model.QkvBiases ? model.QueryWidth + (2 * (Int128)model.KeyValueHeads * model.HeadSize) : 0;
        // Every second layer's gate of value embeddings, a matrix with a row for each head of keys.
        Int128 gates = !model.ValueEmbeddings ? 0 : (model.NumLayers - (model.NumLayers / 2)) * (Int128)model.KeyValueHeads;
        Int128 hidden = (Int128)count.NumLayers * (count.AttentionPerLayer - biases + count.FeedForwardPerLayer) + (gates * model.DModel);
        // Rows of the projections of queries, keys, values and output, and of the feed-forward network: all but the last give d_ff.
        Int128 neurons = !NorMuon ? 0 : (Int128)count.NumLayers * (model.QueryWidth + (2 * (Int128)model.KeyValueHeads * model.HeadSize)
            + (2 * (Int128)model.DModel) + ((model.FeedForward == FeedForwardKind.SwiGlu ? 2 : 1) * (Int128)model.DFf)) + gates;
        return sizeof(float) * Name switch
        {
            OptimizerKind.Sgd => 0,
            OptimizerKind.Muon => (2 * (Int128)count.Total) - hidden + neurons, // of hidden matrices one number for each, of the others two
            _ => 2 * (Int128)count.Total,
        };
    }

    internal IReadOnlyList<string> FindProblems(long steps)
    {
        List<string> problems = [.. Name == OptimizerKind.Muon ? MuonOptions.FindProblems() : AdamWOptions.FindProblems()];
        if (Name != OptimizerKind.Muon && (NorMuon || MomentumWarmupSteps is not null))
            problems.Add($"{(NorMuon ? "nor_muon" : "momentum_warmup_steps")} is set, but is Muon's alone: set optimizer.name to muon, or "
                + "leave it out.");
        if (MomentumWarmupSteps is null && MomentumStart is double from)
            problems.Add($"momentum_start is {from}, but nothing says how long the momentum rises: set momentum_warmup_steps too.");
        if (!NorMuon && NorMuonBeta2 is double beta2) problems.Add($"nor_muon_beta2 is {beta2}, but nor_muon is false: set it to true.");
        if (MomentumWarmupSteps > steps)
            problems.Add($"momentum_warmup_steps is {MomentumWarmupSteps}, but the run has {steps} steps: the momentum would never be "
                + "reached. Lower it, or raise max_steps or max_tokens.");
        if (ScheduleSteps < 1) problems.Add($"schedule_steps is {ScheduleSteps}, but must be at least 1.");
        if (Schedule != ScheduleKind.Constant && WarmupSteps > 0 && WarmupSteps >= (ScheduleSteps ?? steps))
            problems.Add($"warmup_steps is {WarmupSteps}, but the run has {ScheduleSteps ?? steps} steps: the rate would never come down. "
                + "Lower warmup_steps, or raise max_steps or max_tokens.");
        try
        {
            CreateSchedule(steps);
        }
        catch (ArgumentException exception)
        {
            problems.Add(exception.Message);
        }
        return problems;
    }

    private AdamWOptions AdamWOptions =>
        new() { Beta1 = Beta1, Beta2 = Beta2, Epsilon = Epsilon, WeightDecay = WeightDecay, DecayTargets = WeightDecayTargets };

    private MuonOptions MuonOptions => new()
    {
        Momentum = Momentum,
        MomentumWarmupSteps = MomentumWarmupSteps,
        MomentumStart = MomentumStart ?? new MuonOptions().MomentumStart,
        NorMuon = NorMuon,
        NorMuonBeta2 = NorMuonBeta2 ?? new MuonOptions().NorMuonBeta2,
        WeightDecay = WeightDecay,
        AdamW = AdamWOptions,
        MatrixLearningRateFactor = MatrixLearningRateFactor,
    };
}
