using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>A tiny model, its optimizer and trainer over a small text, and what the run told.</summary>
internal sealed class TinyRun : IDisposable, IProgress<TrainingMetrics>, ITrainingCallback
{
    private readonly IOptimizer _optimizer;
    private readonly TrainingData _data;

    public TinyRun(TemporaryFolder folder, TrainerOptions options, ICheckpointStore? store = null, TransformerConfig? config = null,
        IMetricSink? metrics = null,
        ILrSchedule? schedule = null, TokenMixture? training = null, bool withValidation = true, TokenDataset? validation = null,
        string? tokenizer = null,
        Func<IReadOnlyList<NamedParameter>, IOptimizer>? optimizer = null, IReadOnlyList<ITrainingCallback>? callbacks = null,
        TimeProvider? time = null)
    {
        string path = folder.File("walk.npy");
        if (!File.Exists(path)) TokenFiles.Write(folder, "walk.npy", TokenFiles.Walk(3_000, 40), 40);
        (TokenDataset first, TokenDataset last) = TokenDataset.OpenSplit(path, 0.1);
        _data = new TrainingData { Training = training ?? first, Validation = withValidation ? validation ?? last : null,
            TokenizerFingerprint = tokenizer };
        Model = new TransformerLM((config ?? Config) with { InitSeed = 1 });
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(Model);
        _optimizer = optimizer?.Invoke(parameters) ?? new AdamW(parameters);
        Trainer = new Trainer(Model, _optimizer, schedule ?? new ConstantSchedule(1e-3), _data, options, store, metrics,
            [.. callbacks ?? [], this], time: time);
    }

    public static TransformerConfig Config { get; } = new() { VocabSize = 40, ContextLength = 16, DModel = 32, NumLayers = 1,
        NumHeads = 4, DFf = 88 };

    public TransformerLM Model { get; }

    public Trainer Trainer { get; }

    public IProgress<TrainingMetrics> Progress => this;

    public List<TrainingMetrics> Metrics { get; } = [];

    public List<string> Told { get; } = [];

    public List<DivergenceEvent> Divergences { get; } = [];

    public List<string> Warnings { get; } = [];

    public Action<TrainingMetrics>? OnProgress { get; set; }

    public static IReadOnlyList<long> Saved(ICheckpointStore store) => store.ListAsync().GetAwaiter().GetResult();

    public float[] Weights() => [.. Model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];

    public void Report(TrainingMetrics value)
    {
        Metrics.Add(value);
        OnProgress?.Invoke(value);
    }

    public void OnBegin(long step) => Told.Add($"begin {step}");

    public void OnStep(TrainingMetrics metrics) => Told.Add($"step {metrics.Step}");

    public void OnEvaluation(long step, Evaluation evaluation) => Told.Add($"evaluation {step}");

    public void OnCheckpoint(long step) => Told.Add($"checkpoint {step}");

    public void OnDivergence(DivergenceEvent divergence) => Divergences.Add(divergence);

    public void OnWarning(string message) => Warnings.Add(message);

    public void Dispose()
    {
        Model.Dispose();
        _optimizer.Dispose();
        _data.Dispose();
    }
}
