using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// A trained model in managed SIMD code: loads the files that Cs336.Transformer and PyTorch write, needs no native library, and
/// works trimmed and compiled ahead of time. Weights are mapped, so that a model starts in milliseconds and processes share its
/// memory. What a sequence gets depends neither on the others of a batch nor on the number of threads, to the last bit.
/// Calls from several threads are taken one after the other.
/// </summary>
public sealed class CpuLanguageModel : ILanguageModel, IDisposable
{
    private const string ConfigFile = "config.json", WeightsFile = "model.safetensors", CheckpointsFolder = "checkpoints";

    private readonly Lock _turn = new();
    private readonly CpuWeights _weights;
    private readonly WorkerPool _pool;
    private readonly CpuTransformer _transformer;
    private bool _disposed;

    private CpuLanguageModel(TransformerConfig config, string weightsPath, CpuModelOptions options, Kernels kernels)
    {
        Config = config;
        _weights = new CpuWeights(config, weightsPath, options.Precision);
        _pool = new WorkerPool(options.ThreadCount ?? Environment.ProcessorCount);
        _transformer = new CpuTransformer(config, _weights, kernels, _pool);
        InstructionSet = kernels.Name;
    }

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <summary>What the matrices are held in.</summary>
    public CpuPrecision Precision => _transformer.Precision;

    /// <summary>Number of threads that compute, the calling one included.</summary>
    public int ThreadCount => _pool.ThreadCount;

    /// <summary>Which of the processor's instructions are used, for reports.</summary>
    public string InstructionSet { get; }

    /// <inheritdoc/>
    public int VocabSize => Config.VocabSize;

    /// <inheritdoc/>
    public int ContextLength => Config.ContextLength;

    /// <summary>Loads a model from a folder with <c>config.json</c> and <c>model.safetensors</c>, such as a checkpoint's, or the last checkpoint of a run's folder.</summary>
    /// <param name="directory">The folder. Files in it must not be written to while the model is used; replacing or deleting them is safe.</param>
    /// <param name="options">How to run the model; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options are not sound.</exception>
    /// <exception cref="FileNotFoundException">There is no model in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the two do not belong together: all differences are listed.</exception>
    public static CpuLanguageModel Load(string directory, CpuModelOptions? options = null)
    {
        string folder = FindModel(directory);
        return Load(Path.Combine(folder, ConfigFile), Path.Combine(folder, WeightsFile), options);
    }

    /// <summary>Loads a model from its two files.</summary>
    /// <param name="configPath">JSON with the course's names.</param>
    /// <param name="weightsPath">A safetensors file; must not be written to while the model is used.</param>
    /// <param name="options">How to run the model; null for the defaults.</param>
    /// <inheritdoc cref="Load(string, CpuModelOptions?)" path="/exception"/>
    public static CpuLanguageModel Load(string configPath, string weightsPath, CpuModelOptions? options = null) =>
        Load(configPath, weightsPath, options, Kernels.Supported[0]);

    internal static CpuLanguageModel Load(string configPath, string weightsPath, CpuModelOptions? options, Kernels kernels)
    {
        options ??= new CpuModelOptions();
        options.Validate();
        return new CpuLanguageModel(TransformerConfig.Load(configPath), weightsPath, options, kernels);
    }

    /// <summary>
    /// Writes the model as it is held, so that in this precision it is mapped at once and not converted when it is loaded again.
    /// An int8 matrix is stored as I8 with its scales, F32 (rows), under its name and <c>_scale</c>.
    /// </summary>
    /// <param name="directory">The folder to write <c>config.json</c> and <c>model.safetensors</c> to; made where it does not exist. Not the one that the model was loaded from. Files appear when they are whole.</param>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    public void Save(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using AtomicFile config = new(Path.Combine(directory, ConfigFile)), weights = new(Path.Combine(directory, WeightsFile));
            config.Stream.Write(Encoding.UTF8.GetBytes(Config.ToJson()));
            _weights.Write(Config, weights.Stream);
            weights.Commit();
            config.Commit();
        }
    }

    /// <inheritdoc/>
    public IKvCache CreateCache() => new CpuKvCache(this, _transformer.Layout, Config.NumLayers);

    /// <inheritdoc/>
    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        this.CheckInputs(batch, logits);
        foreach (DecodingInput input in batch) CheckCache(input.Cache);
        Run(batch, everyToken: false, logits);
    }

    /// <summary>Appends tokens to one sequence and computes what may follow each of them, as scoring a text needs.</summary>
    /// <param name="cache">The sequence so far.</param>
    /// <param name="tokens">The T token ids to append, at least one.</param>
    /// <param name="logits">Receives T rows of <see cref="VocabSize"/> unnormalised log-probabilities.</param>
    /// <inheritdoc cref="ILanguageModel.Forward" path="/exception"/>
    public void ForwardEach(IKvCache cache, ReadOnlyMemory<int> tokens, Span<float> logits)
    {
        DecodingInput input = new(cache, tokens);
        long expected = (long)tokens.Length * VocabSize;
        if (logits.Length != expected)
            throw new ArgumentException($"The logits buffer holds {logits.Length} numbers, but {tokens.Length} token(s) with vocab_size {VocabSize} need {expected}.");
        this.CheckInputs([input], tokens.IsEmpty ? new float[VocabSize] : logits[..VocabSize]);
        CheckCache(cache);
        Run([input], everyToken: true, logits);
    }

    /// <summary>Unmaps the weights and ends the threads; caches of the model can then not be used any more.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            if (_disposed) return;
            _disposed = true;
            _pool.Dispose();
            _weights.Dispose();
        }
    }

    private void Run(ReadOnlySpan<DecodingInput> batch, bool everyToken, Span<float> logits)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _transformer.Forward(batch, everyToken, logits);
        }
    }

    private void CheckCache(IKvCache cache)
    {
        if (cache is not CpuKvCache own || own.Model != this) throw new ArgumentException("A cache of the batch was made by another model: make it with this model's CreateCache.");
        ObjectDisposedException.ThrowIf(own.IsDisposed, own);
    }

    private static string FindModel(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (File.Exists(Path.Combine(directory, WeightsFile))) return directory;
        string checkpoints = Path.Combine(directory, CheckpointsFolder);
        // Their names have one length, so the last in order is the latest.
        string? latest = !Directory.Exists(checkpoints) ? null
            : Directory.EnumerateDirectories(checkpoints, "step-*").Where(folder => File.Exists(Path.Combine(folder, WeightsFile))).Max(StringComparer.Ordinal);
        return latest ?? throw new FileNotFoundException($"There is no model in {directory}: expected {WeightsFile} and {ConfigFile} in it, or in a folder of {CheckpointsFolder}/.");
    }
}
