namespace Cs336.Inference;

/// <summary>
/// The tokens that go through the model together, and the two vectors of each that the sublayers share: the residual stream, and what a
/// sublayer sees of it. Also how work on them is cut into chunks for threads.
/// </summary>
internal sealed unsafe class CpuPass
{
    /// <summary>The largest number of tokens in a pass; activations are allocated once, for that many.</summary>
    public const int MaxTokens = 128;

    // Tokens that a thread takes at a time to normalise or quantise them, which takes some tenths of a microsecond each.
    private const int TokensPerChunk = 4;

    // The size of a chunk of a matrix product: read within about a microsecond, and just enough to be worth handing to another thread.
    private const int ChunkBytes = 32 * 1024;

    private const int ManyTokensRows = 2 * Kernels.BlockRows;

    private readonly WorkerPool _pool;
    private readonly ChunkJob _prepareInput;
    private AlignedBuffer? _norm; // gain of the norm before the sublayer, or null

    /// <summary>An empty pass.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Its weights, which say whether activations are quantised too, and in which blocks.</param>
    /// <param name="kernels">The loops for this processor's registers.</param>
    /// <param name="pool">The threads that do.</param>
    public CpuPass(TransformerConfig config, CpuWeights weights, Kernels kernels, WorkerPool pool)
    {
        (Config, Kernels, _pool) = (config, kernels, pool);
        IsQuantized = weights.InputBlock is not null;
        Block = weights.InputBlock ?? Activations.Block;
        Stream = new Activations(MaxTokens, config.DModel, quantized: false);
        Input = new Activations(MaxTokens, config.DModel, IsQuantized, Block);
        _prepareInput = PrepareInput;
    }

    public TransformerConfig Config { get; }

    public Kernels Kernels { get; }

    /// <summary>Whether matrices are held as integers, which are multiplied by quantised activations.</summary>
    public bool IsQuantized { get; }

    /// <summary>Numbers of an activation that share a scale where they are quantised.</summary>
    public int Block { get; }

    /// <summary>The tokens, of which the first <see cref="Count"/> are in this pass.</summary>
    public TokenRow[] Tokens { get; } = new TokenRow[MaxTokens];

    /// <summary>How many tokens are in this pass.</summary>
    public int Count { get; set; }

    /// <summary>The residual stream, (tokens, d_model).</summary>
    public Activations Stream { get; }

    /// <summary>What goes into a sublayer: the stream, normalised, (tokens, d_model).</summary>
    public Activations Input { get; }

    /// <summary>Fills <see cref="Input"/> from the stream, through the norm where the model has one before its sublayers.</summary>
    public void Prepare(AlignedBuffer? norm)
    {
        _norm = Config.Norm == NormPlacement.Pre ? norm : null;
        _pool.Run(Count, TokensPerChunk, _prepareInput);
    }

    /// <summary>Normalises the stream where the model has its norms after the sublayers.</summary>
    public void Finish(AlignedBuffer? norm)
    {
        if (Config.Norm != NormPlacement.Post) return;
        for (int i = 0; i < Count; i++)
            Kernels.RmsNorm(Stream.Row(i), norm!.Floats, (float)Config.Epsilon, Stream.Row(i), Config.DModel);
    }

    /// <summary>Normalises where there is a norm, copies where there is none, and quantises where the weights are.</summary>
    public void Normalize(float* x, AlignedBuffer? norm, Activations target, int index)
    {
        if (norm is null) new ReadOnlySpan<float>(x, Config.DModel).CopyTo(new Span<float>(target.Row(index), Config.DModel));
        else Kernels.RmsNorm(x, norm.Floats, (float)Config.Epsilon, target.Row(index), Config.DModel);
        if (IsQuantized) target.Quantize(index);
    }

    /// <summary>Runs a job over the rows of a matrix, or of several side by side that are like it.</summary>
    public void RunRows(int rows, WeightMatrix matrix, ChunkJob job)
    {
        int chunk = (int)Math.Max(4, ChunkBytes / matrix.RowBytes);
        if (Count > 1) chunk = Math.Max(1, chunk / ManyTokensRows) * ManyTokensRows; // whole blocks of rows, as the kernels take them
        _pool.Run(rows, chunk, job);
    }

    /// <summary>Runs a job that quantises activations of the pass's tokens, where the weights want them so.</summary>
    public void RunQuantization(ChunkJob quantize)
    {
        if (IsQuantized) _pool.Run(Count, TokensPerChunk, quantize);
    }

    private void PrepareInput(int worker, int begin, int end)
    {
        for (int i = begin; i < end; i++) Normalize(Stream.Row(i), _norm, Input, i);
    }
}
