namespace Cs336.Inference;

/// <summary>
/// The model's forward pass over up to <see cref="CpuPass.MaxTokens"/> tokens of one or several sequences. What is computed for a token
/// does not depend on the other tokens of the pass or on the number of threads: every sum is added in one order, so that a prompt, a batch
/// and single tokens give the same bits.
/// </summary>
internal sealed unsafe class CpuTransformer
{
    private const int FirstPositions = 1024; // for which there is room from the beginning

    private readonly TransformerConfig _config;
    private readonly WeightMatrix _embeddings;
    private readonly CpuLayer[] _layers;
    private readonly CpuPass _pass;
    private readonly CpuAttention _attention;
    private readonly CpuFeedForward _feedForward;
    private readonly CpuHead _head;
    private readonly Activations[] _skips; // of layers that later ones see, (tokens, d_model) each

    private int _positions; // how many there is room for

    public CpuTransformer(TransformerConfig config, CpuWeights weights, Kernels kernels, WorkerPool pool)
    {
        _config = config;
        Layout = new KeyValueLayout(config.KeyValueHeads, config.HeadSize, config.ContextLength);
        _embeddings = weights.Matrix(TransformerTensors.Embeddings);
        _layers = [.. Enumerable.Range(0, config.NumLayers).Select(index => new CpuLayer(config, weights, index))];
        AlignedBuffer? finalNorm = config.Norm == NormPlacement.None ? null : weights.Vector(TransformerTensors.FinalNorm);
        WeightMatrix head = config.TiedEmbeddings ? _embeddings : weights.Matrix(TransformerTensors.Head);
        _pass = new CpuPass(config, weights, kernels, pool);
        _attention = new CpuAttention(_pass, _layers[0], Layout, pool);
        _feedForward = new CpuFeedForward(_pass, _layers[0]);
        _head = new CpuHead(_pass, head, finalNorm);
        _skips = [.. Enumerable.Range(0, TransformerTensors.SkipLayers(config))
            .Select(_ => new Activations(CpuPass.MaxTokens, config.DModel, quantized: false))];
        Reserve(Math.Min(FirstPositions, config.ContextLength));
    }

    public KeyValueLayout Layout { get; }

    /// <summary>What most weights of the blocks are held in; a GGUF file may have some matrices in another type than the rest.</summary>
    public CpuPrecision Precision => _layers[0].Matrices.GroupBy(matrix => matrix.Precision)
        .MaxBy(group => group.Sum(matrix => (long)matrix.Rows * matrix.Columns))!.Key;

    /// <summary>Appends tokens to their sequences.</summary>
    /// <param name="batch">Inputs that have been checked.</param>
    /// <param name="everyToken">Whether logits are wanted after every token, or after each input's last.</param>
    /// <param name="logits">Receives the wanted logits, (outputs, vocab_size).</param>
    public void Forward(ReadOnlySpan<DecodingInput> batch, bool everyToken, Span<float> logits)
    {
        int output = 0, positions = 0;
        foreach (DecodingInput input in batch) positions = Math.Max(positions, input.Cache.Length + input.Tokens.Length);
        if (positions > _positions) Reserve((int)Math.Min(_config.ContextLength, Math.Max(positions, 2L * _positions)));
        _pass.Count = 0;
        foreach (DecodingInput input in batch)
        {
            CpuKvCache cache = (CpuKvCache)input.Cache;
            int start = cache.Length;
            ReadOnlySpan<int> ids = input.Tokens.Span;
            for (int i = 0; i < ids.Length; i++)
            {
                bool wanted = everyToken || i == ids.Length - 1;
                _pass.Tokens[_pass.Count++] = new TokenRow(cache, ids[i], start + i, wanted ? output++ : -1);
                if (_pass.Count == CpuPass.MaxTokens) RunPass(logits);
            }
        }
        if (_pass.Count > 0) RunPass(logits);
    }

    /// <summary>Appends tokens to one sequence, for what goes into the head instead of what comes out of it.</summary>
    /// <param name="batch">One checked input of T tokens.</param>
    /// <param name="states">Receives (T, d_model), row by row.</param>
    public void ForwardHidden(ReadOnlySpan<DecodingInput> batch, Span<float> states)
    {
        _head.IsLeftOut = true;
        try
        {
            Forward(batch, everyToken: true, states);
        }
        finally
        {
            _head.IsLeftOut = false;
        }
    }

    /// <summary>Makes room for sequences of this length.</summary>
    private void Reserve(int positions)
    {
        _attention.Reserve(positions);
        _positions = positions;
    }

    private void RunPass(Span<float> logits)
    {
        Embed();
        for (int index = 0; index < _layers.Length; index++)
        {
            CpuLayer layer = _layers[index];
            if (_config.SkipOf(index) is int earlier) AddSkip(_skips[earlier], *layer.SkipScale!.Floats);
            _attention.Run(index, layer);
            _feedForward.Run(layer);
            if (index < _skips.Length) KeepForLater(_skips[index]);
        }
        for (int i = 0; i < _pass.Count; i++) _pass.Tokens[i].Cache.Length = _pass.Tokens[i].Position + 1;
        _head.Write(logits);
        _pass.Count = 0;
    }

    /// <summary>The tokens' vectors, scaled where the model does.</summary>
    private void Embed()
    {
        for (int i = 0; i < _pass.Count; i++)
        {
            Span<float> row = new(_pass.Stream.Row(i), _config.DModel);
            _embeddings.ReadRow(_pass.Tokens[i].Token, row);
            if (_config.EmbeddingScale is not double scale) continue;
            foreach (ref float value in row) value *= (float)scale;
        }
    }

    /// <summary>x ← x + λ s.</summary>
    private void AddSkip(Activations skip, float scale)
    {
        for (int i = 0; i < _pass.Count; i++)
        {
            float* row = _pass.Stream.Row(i), earlier = skip.Row(i);
            for (int k = 0; k < _config.DModel; k++) row[k] += scale * earlier[k];
        }
    }

    private void KeepForLater(Activations skip)
    {
        for (int i = 0; i < _pass.Count; i++)
            new ReadOnlySpan<float>(_pass.Stream.Row(i), _config.DModel).CopyTo(new Span<float>(skip.Row(i), _config.DModel));
    }
}
