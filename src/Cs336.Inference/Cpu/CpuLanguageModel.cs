using System.Text;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// A trained model in managed SIMD code: loads the files that Cs336.Transformer and PyTorch write, needs no native library, and
/// works trimmed and compiled ahead of time. Weights are read into memory, or mapped where <see cref="CpuModelOptions.MapWeights"/>
/// says so. What a sequence gets depends neither on the others of a batch nor on the number of threads, to the last bit.
/// Calls from several threads are taken one after the other; disposing the model or a cache waits for the one that computes.
/// </summary>
/// <remarks>
/// A cache is one caller's at a time: a second thread that gives it to a call, or truncates it, meanwhile gets an
/// <see cref="InvalidOperationException"/>.
/// </remarks>
public sealed class CpuLanguageModel : ILanguageModel, IDisposable
{
    private readonly OwnInputs _inputs = new();
    private readonly CpuWeights _weights;
    private readonly WorkerPool _pool;
    private readonly CpuTransformer _transformer;
    private bool _disposed;

    private CpuLanguageModel(CpuModelFiles files, CpuModelOptions? options, Kernels kernels)
    {
        Config = files.Config;
        InstructionSet = kernels.Name;
        _weights = files.Weights;
        try
        {
            KeyValueLayout.CheckFits(Config, files.Source);
            _pool = new WorkerPool(options?.ThreadCount ?? Environment.ProcessorCount);
            _transformer = new CpuTransformer(Config, _weights, kernels, _pool);
        }
        catch
        {
            _pool?.Dispose();
            _weights.Dispose();
            throw;
        }
    }

    /// <summary>Held by a thread that computes, and by one that changes what is computed with: caches, or the model itself.</summary>
    internal Lock Turn { get; } = new();

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <summary>What the matrices are held in; of a GGUF file that has several types, what most weights of a block are.</summary>
    public CpuPrecision Precision => _transformer.Precision;

    /// <summary>Number of threads that compute, the calling one included.</summary>
    public int ThreadCount => _pool.ThreadCount;

    /// <summary>Names the processor's instructions that are used, such as "AVX-512, VNNI"; for reports.</summary>
    public string InstructionSet { get; }

    /// <inheritdoc/>
    public int VocabSize => Config.VocabSize;

    /// <inheritdoc/>
    public int ContextLength => Config.ContextLength;

    /// <summary>
    /// Loads a model from a folder with <c>config.json</c> and <c>model.safetensors</c>, such as a checkpoint's, or the last checkpoint
    /// of a run's folder; from the folder of a model of Hugging Face's transformers that <see cref="HuggingFaceFolder"/> reads; or from a
    /// GGUF file of architecture <c>llama</c>, whose tokenizer <see cref="GgufTokenizer"/> reads.
    /// </summary>
    /// <param name="directory">The folder, or the GGUF file. Once this returns its files may be written to, replaced and deleted, unless
    /// the weights are mapped, which those of transformers cannot be.</param>
    /// <param name="options">How to run the model; null for the defaults.</param>
    /// <exception cref="ArgumentException">The options are not sound.</exception>
    /// <exception cref="FileNotFoundException">There is no model in the folder.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the two do not belong together: the differences are listed, up to 20 of
    /// them. Or one sequence of context_length tokens would need more memory than an array has.</exception>
    /// <exception cref="OutOfMemoryException">The weights do not fit into memory.</exception>
    public static CpuLanguageModel Load(string directory, CpuModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new CpuLanguageModel(CpuModelFiles.Open(directory, options), options, Kernels.Supported[0]);
    }

    /// <summary>Loads a model from its two files.</summary>
    /// <param name="configPath">JSON with the course's names.</param>
    /// <param name="weightsPath">A safetensors file; once this returns it may be written to, unless the weights are mapped.</param>
    /// <param name="options">How to run the model; null for the defaults.</param>
    /// <inheritdoc cref="Load(string, CpuModelOptions?)" path="/exception"/>
    public static CpuLanguageModel Load(string configPath, string weightsPath, CpuModelOptions? options = null) =>
        Load(configPath, weightsPath, options, Kernels.Supported[0]);

    internal static CpuLanguageModel Load(string configPath, string weightsPath, CpuModelOptions? options, Kernels kernels) =>
        new(CpuModelFiles.Open(configPath, weightsPath, options), options, kernels);

    /// <summary>Loads a GGUF file.</summary>
    internal static CpuLanguageModel Load(string path, CpuModelOptions? options, Kernels kernels) =>
        new(CpuModelFiles.OpenGguf(path, options), options, kernels);

    /// <summary>
    /// Writes the model as it is held, so that in this precision it is not converted when it is loaded again.
    /// An int8 matrix is stored as I8 with its scales, F32 (rows), under its name and <c>_scale</c>.
    /// </summary>
    /// <param name="directory">The folder to write <c>config.json</c> and <c>model.safetensors</c> to; made where it does not exist. Not
    /// the one that the model was loaded from. Files appear when they are whole.</param>
    /// <exception cref="IOException">The disk is full or failed.</exception>
    /// <exception cref="NotSupportedException">It is held in Q8_0 or Q4_0, which safetensors files do not have.</exception>
    public void Save(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        lock (Turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using AtomicFile config = new(Path.Combine(directory, RunFiles.Config));
            using AtomicFile weights = new(Path.Combine(directory, RunFiles.Weights));
            config.Stream.Write(Encoding.UTF8.GetBytes(Config.ToJson()));
            _weights.Write(Config, weights.Stream);
            FileOperations.WaitUntilFree(Path.Combine(directory, RunFiles.Weights), Path.Combine(directory, RunFiles.Config));
            weights.Commit();
            config.Commit();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">There is no memory for a sequence of context_length tokens.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public IKvCache CreateCache()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        return new CpuKvCache(this, _transformer.Layout, Config.NumLayers);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Another thread uses a cache of the batch.</exception>
    /// <exception cref="ObjectDisposedException">The model or a cache was disposed.</exception>
    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits) => Run(batch, everyToken: false, logits);

    /// <summary>Appends tokens to one sequence and computes what may follow each of them, as scoring a text needs.</summary>
    /// <param name="cache">The sequence so far.</param>
    /// <param name="tokens">The T token ids to append, at least one.</param>
    /// <param name="logits">Receives T rows of <see cref="VocabSize"/> unnormalised log-probabilities.</param>
    /// <inheritdoc cref="Forward" path="/exception"/>
    public void ForwardEach(IKvCache cache, ReadOnlyMemory<int> tokens, Span<float> logits) =>
        Run([new DecodingInput(cache, tokens)], everyToken: true, logits);

    /// <summary>
    /// Appends tokens to one sequence and gives the last hidden state of each, after the final norm: what the head turns into logits.
    /// </summary>
    /// <param name="cache">The sequence so far.</param>
    /// <param name="tokens">The T token ids to append, at least one.</param>
    /// <param name="states">Receives (T, d_model), row by row.</param>
    /// <inheritdoc cref="Forward" path="/exception"/>
    public void ForwardHidden(IKvCache cache, ReadOnlyMemory<int> tokens, Span<float> states) =>
        Run([new DecodingInput(cache, tokens)], everyToken: true, states, hidden: true);

    /// <summary>
    /// Frees the weights and ends the threads, after the call that is being computed; caches of the model can then not be used any more.
    /// </summary>
    public void Dispose()
    {
        lock (Turn)
        {
            if (_disposed) return;
            Volatile.Write(ref _disposed, true);
            _pool.Dispose();
            _weights.Dispose();
        }
    }

    /// <summary>
    /// A pass that has the model and the batch's caches to itself. The output receives logits, or where <paramref name="hidden"/> what goes
    /// into the head.
    /// </summary>
    private void Run(ReadOnlySpan<DecodingInput> batch, bool everyToken, Span<float> output, bool hidden = false)
    {
        int claimed = 0;
        try
        {
            for (; claimed < batch.Length; claimed++)
            {
                if (batch[claimed].Cache is not CpuKvCache cache || cache.Model != this || cache.TryClaim()) continue;
                this.CheckInputs(batch, output); // throws where the batch holds this cache twice
                throw CpuKvCache.InUse();
            }
            lock (Turn)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                ReadOnlySpan<DecodingInput> inputs = _inputs.Copy(batch, ContextLength);
                try
                {
                    Check(inputs, everyToken, output, hidden);
                    if (hidden) _transformer.ForwardHidden(inputs, output);
                    else _transformer.Forward(inputs, everyToken, output);
                }
                finally
                {
                    _inputs.Clear();
                }
            }
        }
        finally
        {
            for (int i = 0; i < claimed; i++)
                if (batch[i].Cache is CpuKvCache cache && cache.Model == this) cache.Release();
        }
    }

    private void Check(ReadOnlySpan<DecodingInput> inputs, bool everyToken, Span<float> output, bool hidden)
    {
        if (everyToken)
        {
            int count = inputs[0].Tokens.Length;
            (string name, string size, int width) = hidden ? ("states", "d_model", Config.DModel) : ("logits", "vocab_size", VocabSize);
            long expected = (long)count * width;
            if (output.Length != expected)
                throw new ArgumentException(
                    $"The {name} buffer holds {output.Length} numbers, but {count} token(s) with {size} {width} need {expected}.");
            // The buffer has the right size; what is left to check takes one row of logits for each input, as Forward does.
            output = count == 0 || hidden ? new float[VocabSize] : output[..VocabSize];
        }
        this.CheckInputs(inputs, output);
        foreach (DecodingInput input in inputs)
        {
            if (input.Cache is not CpuKvCache own || own.Model != this)
                throw new ArgumentException("A cache of the batch was made by another model: make it with this model's CreateCache.");
            ObjectDisposedException.ThrowIf(own.IsDisposed, own);
        }
    }
}
