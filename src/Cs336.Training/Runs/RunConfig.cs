using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cs336.Inference;

namespace Cs336.Training;

/// <summary>
/// All of a run in one description: what is trained, how, on what and where. The command line reads it from JSON, with the names that
/// Stanford's CS336 uses; a host sets it in code or from its configuration; a program makes it as it likes. What is left out has
/// its default.
/// </summary>
public sealed record RunConfig
{
    /// <summary>The character 0, which no name of a file or folder can hold.</summary>
    internal const char NullCharacter = '\0';

    private const int MaxSections = 10;

    /// <summary>A shape of its own for each configuration, since reading JSON sets its members.</summary>
    private static TransformerConfig Usual =>
        new() { VocabSize = 0, ContextLength = 256, DModel = 256, NumLayers = 4, NumHeads = 8, DFf = 0 };

    /// <summary>
    /// The run's folder: <c>directory</c>. Where the folder is named otherwise, as by <see cref="TrainingRun"/>, it can be left out. Never
    /// written, since a folder can be moved.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWriting)]
    public string? Directory { get; set; }

    /// <summary>
    /// The model's shape: <c>model</c>. Two keys can be left out (0 in code): <c>vocab_size</c> where there is a tokenizer, of
    /// which it is then taken, and <c>d_ff</c>, then 8/3 · d_model rounded up to a multiple of 8, or 4 · d_model for
    /// <see cref="FeedForwardKind.Silu"/>. Default in code: context_length 256, d_model 256, num_layers 4, num_heads 8.
    /// </summary>
    [JsonRequired]
    public TransformerConfig Model { get; set; } = Usual;

    /// <summary>
    /// A folder whose model the run begins with, in place of fresh weights: <c>model.from</c>. One that an import wrote, with
    /// <c>config.json</c> and <c>model.safetensors</c>, or another run's. The optimizer begins afresh; the model's tokenizer is copied into
    /// the run's folder where <see cref="DataConfig.Tokenizer"/> names no other. The shape is that model's: beside <c>from</c> the section
    /// names <c>context_length</c> at most, or else the whole shape, which must be the same. Default null: fresh weights. Once there is a
    /// checkpoint the folder is not needed any more.
    /// </summary>
    [JsonIgnore]
    public string? From { get; set; }

    /// <summary>How the parameters change: <c>optimizer</c>.</summary>
    public OptimizerConfig Optimizer { get; set; } = new();

    /// <summary>Steps, batches, validation and checkpoints: <c>training</c>.</summary>
    public TrainerOptions Training { get; set; } = new();

    /// <summary>What the run learns from: <c>data</c>.</summary>
    [JsonRequired]
    public DataConfig Data { get; set; } = new();

    /// <summary>Texts that the model tells while it learns: <c>samples</c>.</summary>
    public SampleConfig Samples { get; set; } = new();

    /// <summary>What computes: <c>compute</c>.</summary>
    public ComputeConfig Compute { get; set; } = new();

    /// <summary>
    /// How a configuration is read and written as JSON, for programs that do so themselves: the keys' names, and all members without
    /// reflection. Read-only; a key that there is not is passed over, which <see cref="Parse(string)"/> refuses.
    /// </summary>
    public static JsonSerializerOptions JsonOptions { get; } = RunConfigJson.MakeOptions();

    /// <summary>Number of steps of the whole run, as max_steps and max_tokens say.</summary>
    [JsonIgnore]
    public long TotalSteps => Training.TotalSteps(Model.ContextLength);

    /// <summary>
    /// A whole run from one number, its depth, which sets width, heads, batch, rate and steps by rules (after nanochat): for N layers a
    /// d_model of 32 N with N heads of 32, d_ff of 8/3 d_model in multiples of 8, windows of 256 tokens, 4 N of them in a batch, Muon at
    /// a rate of 3e-3 √(128 / d_model), and as many steps as give 20 tokens for each parameter of the layers' matrices. All the rest has
    /// its default, and the data is still to be named.
    /// </summary>
    /// <param name="depth">N, the number of layers; from 1 to 128.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such depth.</exception>
    public static RunConfig OfDepth(int depth) => DepthRecipe.Of(depth);

    /// <summary>Reads a configuration. Its keys and types are checked; whether it is sound, <see cref="FindProblems()"/> tells.</summary>
    /// <param name="json">A JSON object; comments and trailing commas are allowed.</param>
    /// <exception cref="InvalidDataException">
    /// The JSON is malformed; or there are unknown keys, missing ones or values of a wrong type, all of which the message names.
    /// </exception>
    public static RunConfig Parse(string json) => Parse(ConfigReader.ParseObject(json, "the configuration"));

    /// <summary>Reads a configuration from parsed JSON.</summary>
    /// <inheritdoc cref="Parse(string)"/>
    public static RunConfig Parse(JsonObject json) => ConfigReader.Read(json, "The configuration");

    /// <summary>
    /// Reads a configuration file. Its relative paths start at the current folder; those of a run's own <c>config.json</c>, which
    /// <see cref="RunDirectory.ReadConfig"/> reads, at the run's.
    /// </summary>
    /// <param name="path">A JSON file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <inheritdoc cref="Parse(string)" path="/exception"/>
    public static RunConfig Load(string path) => ConfigReader.Read(ConfigReader.ParseObject(File.ReadAllText(path), path), path);

    /// <summary>This configuration with another value in one place.</summary>
    /// <param name="key">Section and key, such as <c>optimizer.max_lr</c>.</param>
    /// <param name="value">JSON, such as <c>1e-3</c> or <c>["a", "b"]</c>; what is no JSON is taken as text.</param>
    /// <exception cref="InvalidDataException">There is no such key, or the value is of another type.</exception>
    public RunConfig With(string key, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        JsonNode? patch = ConfigReader.ParseValue(value);
        string[] names = key.Split('.');
        if (names.Length > MaxSections)
            throw new InvalidDataException($"There is no key of {names.Length} parts: expected a section and a key, such as "
                + "optimizer.max_lr.");
        foreach (string name in names.Reverse()) patch = new JsonObject { [name] = patch };
        return Merge((JsonObject)patch!);
    }

    /// <summary>This configuration with the values of another in place of its own, key by key; null puts the default back.</summary>
    /// <param name="patch">A JSON object of sections, such as <c>{"model": {"d_model": 256}}</c>.</param>
    /// <exception cref="InvalidDataException">There are unknown keys or values of a wrong type, all of which the message names.</exception>
    public RunConfig Merge(JsonObject patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        ConfigReader.RequireText(patch, "the override");
        JsonObject merged = ConfigReader.ToNode(this);
        if (Directory is not null) merged["directory"] = Directory;
        ConfigReader.Merge(merged, patch);
        return Parse(merged);
    }

    /// <summary>This configuration with the values of another in place of its own.</summary>
    /// <inheritdoc cref="Merge(JsonObject)"/>
    public RunConfig Merge(string patch) => Merge(ConfigReader.ParseObject(patch, "the override"));

    /// <summary>The configuration as indented JSON; what has no value is left out.</summary>
    public string ToJson() => ConfigReader.ToNode(this).ToJsonString(JsonOptions);

    /// <summary>
    /// Everything that is wrong with the configuration itself, one sentence each; empty where it is sound. No file is looked at.
    /// </summary>
    public IReadOnlyList<string> FindProblems() => FindProblems(Data.Tokenizer is not null);

    /// <inheritdoc cref="FindProblems()"/>
    /// <param name="hasTokenizer">Whether there will be a tokenizer, whoever names it.</param>
    public IReadOnlyList<string> FindProblems(bool hasTokenizer)
    {
        const int AnySize = 1; // that of the tokenizer is not known before it is loaded
        IReadOnlyList<string> ofModel = TakesShape ? [] : hasTokenizer || Model.VocabSize != 0 ? CompleteModel(AnySize).FindProblems()
            : ["model.vocab_size is not set, and there is no tokenizer to take it from: set it, or data.tokenizer."];
        return
        [
            .. Directory?.Contains(NullCharacter) == true ? [RunDirectory.NullCharacterProblem] : Array.Empty<string>(),
            .. From?.Contains(NullCharacter) == true
                ? ["model.from holds the character 0, which no folder's name has: name a folder."] : Array.Empty<string>(),
            .. ofModel, .. Training.FindProblems(), .. Data.FindProblems(), .. Samples.FindProblems(hasTokenizer),
            .. Compute.FindProblems(), .. Optimizer.FindProblems(TotalSteps),
            .. Training.FindRampProblem(Model.ContextLength) is string ofRamp ? [ofRamp] : Array.Empty<string>(),
            .. Training.ScheduleByTime && Optimizer.ScheduleSteps is long steps
                ? [$"optimizer.schedule_steps is {steps}, but with training.schedule_by_time the schedule is that of the run's steps and "
                    + "time: leave the one or the other out."] : Array.Empty<string>(),
        ];
    }

    /// <summary>Whether the shape is that of the model in <see cref="From"/>, since nothing else names one.</summary>
    internal bool TakesShape => From is not null && (Model.DModel == 0 || Model == Usual);

    /// <summary>The model's shape with what was left out filled in: see <see cref="Model"/>.</summary>
    /// <param name="vocabSize">Number of tokens of the tokenizer, for a shape that has no vocab_size.</param>
    public TransformerConfig CompleteModel(int vocabSize = 0) => Model with
    {
        VocabSize = Model.VocabSize != 0 ? Model.VocabSize : vocabSize,
        DFf = Model.DFf != 0 ? Model.DFf : (int)Math.Min(int.MaxValue,
            Model.FeedForward == FeedForwardKind.SwiGlu ? (long)Math.Ceiling(Model.DModel / 3.0) * 8 : 4L * Model.DModel),
    };
}
