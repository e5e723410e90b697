namespace Cs336.Inference;

/// <summary>
/// The model's forward pass over up to <see cref="MaxTokens"/> tokens of one or several sequences. What is computed for a token does not
/// depend on the other tokens of the pass or on the number of threads: every sum is added in one order, so that a prompt, a batch and
/// single tokens give the same bits.
/// </summary>
internal sealed unsafe class CpuTransformer
{
    /// <summary>The largest number of tokens in a pass; activations are allocated once, for that many.</summary>
    public const int MaxTokens = 128;

    // Tokens that a thread takes at a time to normalise or quantise them, which takes some tenths of a microsecond each.
    private const int TokensPerChunk = 4;

    private const int MaxOutputs = 16; // tokens for which logits are held at once

    // The size of a chunk of a matrix product and of attention: read or computed within about a microsecond, and just enough to be worth
    // handing to another thread.
    private const int ChunkBytes = 32 * 1024, ChunkProducts = 8 * 1024;

    private const int ManyTokensRows = 2 * Kernels.BlockRows;

    private const int FirstPositions = 1024; // for which there is room from the beginning

    private readonly TransformerConfig _config;
    private readonly Kernels _kernels;
    private readonly WorkerPool _pool;
    private readonly RotaryTables? _rope;
    private readonly KeyValueLayout _layout;
    private readonly WeightMatrix _embeddings, _head;
    private readonly CpuLayer[] _layers;
    private readonly AlignedBuffer? _finalNorm;
    private readonly bool _quantized;

    private readonly TokenRow[] _tokens = new TokenRow[MaxTokens];

    // A row per token of the pass.
    private readonly Activations _stream; // the residual stream, (tokens, d_model)
    private readonly Activations[] _skips; // of layers that later ones see, (tokens, d_model) each
    private readonly Activations _input; // of a sublayer, normalised, (tokens, d_model)
    private readonly Activations _query, _attended; // of all heads side by side, (tokens, num_heads · head_size)
    private readonly Activations _key, _value; // (tokens, num_kv_heads · head_size)
    private readonly Activations? _valueGate, _valueEmbedding; // W_g x, (tokens, num_kv_heads), and e[token], as wide as the values
    private readonly Activations _inner; // SiLU(W₁ x), times the gate where there is one, or ReLU(W₁ x)², (tokens, d_ff)
    private readonly Activations? _gate; // W₃ x, (tokens, d_ff)
    private readonly Activations _headInput, _logits; // (outputs, d_model) and (outputs, vocab_size)

    private readonly AlignedBuffer[] _scratch; // for each thread, what attention needs: scores, and the sum of values
    private readonly ChunkJob _prepareInput, _project, _store, _attend, _quantizeAttended, _addAttention;
    private readonly ChunkJob _activate, _quantizeInner, _addFeedForward, _computeLogits;

    private int _positions; // how many the rotary tables and the scratch memory have room for
    private int _count; // tokens in this pass
    private int _outputs; // tokens in the head's input, whose logits are computed next
    private int _index; // of the layer that is computed now
    private bool _headIsLeftOut; // what goes into the head is wanted, and no logits
    private CpuLayer _layer;
    private AlignedBuffer? _norm; // gain of the norm before the sublayer, or null

    public CpuTransformer(TransformerConfig config, CpuWeights weights, Kernels kernels, WorkerPool pool)
    {
        (_config, _kernels, _pool) = (config, kernels, pool);
        _layout = new KeyValueLayout(config.KeyValueHeads, config.HeadSize, config.ContextLength);
        if (config.Position == PositionEncoding.Rope) _rope = new RotaryTables(config);
        _embeddings = weights.Matrix(TransformerTensors.Embeddings);
        _layers = [.. Enumerable.Range(0, config.NumLayers).Select(index => new CpuLayer(config, weights, index))];
        if (config.Norm != NormPlacement.None) _finalNorm = weights.Vector(TransformerTensors.FinalNorm);
        _head = config.TiedEmbeddings ? _embeddings : weights.Matrix(TransformerTensors.Head);
        _layer = _layers[0];
        _quantized = weights.InputBlock is not null;
        int block = weights.InputBlock ?? Activations.Block;

        int width = config.DModel, keyWidth = config.KeyValueHeads * config.HeadSize;
        _stream = new Activations(MaxTokens, width, quantized: false);
        _skips = [.. Enumerable.Range(0, TransformerTensors.SkipLayers(config))
            .Select(_ => new Activations(MaxTokens, width, quantized: false))];
        _input = new Activations(MaxTokens, width, _quantized, block);
        _query = new Activations(MaxTokens, config.QueryWidth, quantized: false);
        _key = new Activations(MaxTokens, keyWidth, quantized: false);
        _value = new Activations(MaxTokens, keyWidth, quantized: false);
        if (config.ValueEmbeddings)
        {
            _valueGate = new Activations(MaxTokens, config.KeyValueHeads, quantized: false);
            _valueEmbedding = new Activations(MaxTokens, keyWidth, quantized: false);
        }
        _attended = new Activations(MaxTokens, config.QueryWidth, _quantized, block);
        _inner = new Activations(MaxTokens, config.DFf, _quantized, block);
        if (config.FeedForward == FeedForwardKind.SwiGlu) _gate = new Activations(MaxTokens, config.DFf, quantized: false);
        _headInput = new Activations(MaxOutputs, width, _quantized, block);
        _logits = new Activations(MaxOutputs, config.VocabSize, quantized: false);
        _scratch = new AlignedBuffer[pool.ThreadCount];
        Reserve(Math.Min(FirstPositions, config.ContextLength));

        // Made once, because a new delegate for each job would be garbage for each token.
        (_prepareInput, _project, _store, _attend) = (PrepareInput, Project, Store, Attend);
        (_quantizeAttended, _addAttention) = (QuantizeAttended, AddAttention);
        (_activate, _quantizeInner, _addFeedForward, _computeLogits) = (Activate, QuantizeInner, AddFeedForward, ComputeLogits);
    }

    public KeyValueLayout Layout => _layout;

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
        _count = 0;
        foreach (DecodingInput input in batch)
        {
            CpuKvCache cache = (CpuKvCache)input.Cache;
            int start = cache.Length;
            ReadOnlySpan<int> ids = input.Tokens.Span;
            for (int i = 0; i < ids.Length; i++)
            {
                bool wanted = everyToken || i == ids.Length - 1;
                _tokens[_count++] = new TokenRow(cache, ids[i], start + i, wanted ? output++ : -1);
                if (_count == MaxTokens) Pass(logits);
            }
        }
        if (_count > 0) Pass(logits);
    }

    /// <summary>Appends tokens to one sequence, for what goes into the head instead of what comes out of it.</summary>
    /// <param name="batch">One checked input of T tokens.</param>
    /// <param name="states">Receives (T, d_model), row by row.</param>
    public void ForwardHidden(ReadOnlySpan<DecodingInput> batch, Span<float> states)
    {
        _headIsLeftOut = true;
        try
        {
            Forward(batch, everyToken: true, states);
        }
        finally
        {
            _headIsLeftOut = false;
        }
    }

    /// <summary>Makes the rotary tables and the scratch memory long enough for sequences of this length.</summary>
    private void Reserve(int positions)
    {
        _rope?.Reserve(positions);
        long bytes = (KeyValueLayout.InBlocks(positions) + _layout.ValueStride) * (long)sizeof(float);
        for (int i = 0; i < _scratch.Length; i++) _scratch[i] = new AlignedBuffer(bytes);
        _positions = positions;
    }

    private void Pass(Span<float> logits)
    {
        Embed();
        for (_index = 0; _index < _layers.Length; _index++)
        {
            _layer = _layers[_index];
            if (_config.SkipOf(_index) is int earlier) AddSkip(_skips[earlier], *_layer.SkipScale!.Floats);
            AttentionSublayer();
            FeedForwardSublayer();
            if (_index < _skips.Length) KeepForLater(_skips[_index]);
        }
        for (int i = 0; i < _count; i++) _tokens[i].Cache.Length = _tokens[i].Position + 1;
        _outputs = 0;
        int last = -1;
        for (int i = 0; i < _count; i++)
        {
            if (_tokens[i].Output < 0) continue;
            last = _tokens[i].Output;
            Normalize(_stream.Row(i), _finalNorm, _headInput, _outputs++);
            if (_outputs == MaxOutputs) WriteLogits(last, logits);
        }
        if (_outputs > 0) WriteLogits(last, logits);
        _count = 0;
    }

    /// <summary>The tokens' vectors, scaled where the model does.</summary>
    private void Embed()
    {
        for (int i = 0; i < _count; i++)
        {
            Span<float> row = new(_stream.Row(i), _config.DModel);
            _embeddings.ReadRow(_tokens[i].Token, row);
            if (_config.EmbeddingScale is not double scale) continue;
            foreach (ref float value in row) value *= (float)scale;
        }
    }

    /// <summary>x ← x + λ s.</summary>
    private void AddSkip(Activations skip, float scale)
    {
        for (int i = 0; i < _count; i++)
        {
            float* row = _stream.Row(i), earlier = skip.Row(i);
            for (int k = 0; k < _config.DModel; k++) row[k] += scale * earlier[k];
        }
    }

    private void KeepForLater(Activations skip)
    {
        for (int i = 0; i < _count; i++)
            new ReadOnlySpan<float>(_stream.Row(i), _config.DModel).CopyTo(new Span<float>(skip.Row(i), _config.DModel));
    }

    /// <summary>x + Attention(x), normalised before, after or not at all.</summary>
    private void AttentionSublayer()
    {
        _norm = _config.Norm == NormPlacement.Pre ? _layer.AttentionNorm : null;
        _pool.Run(_count, TokensPerChunk, _prepareInput);
        Run(_query.Width + (2 * _key.Width) + (_layer.ValueGate?.Rows ?? 0), _layer.Query, _project);
        if (_count == 1) Store(0, 0, 1);
        else _pool.Run(_count, 1, _store);
        // A head that attends over few positions is too little work for a chunk of its own.
        long products = Math.Min(_tokens[_count - 1].Position + 1L, _layer.Window) * _config.HeadSize;
        _pool.Run(_count * _config.NumHeads, (int)Math.Max(1, ChunkProducts / products), _attend);
        if (_quantized) _pool.Run(_count, TokensPerChunk, _quantizeAttended);
        Run(_config.DModel, _layer.Output, _addAttention);
        FinishOutput(_layer.AttentionNorm);
    }

    /// <summary>x + FFN(x), normalised before, after or not at all.</summary>
    private void FeedForwardSublayer()
    {
        _norm = _config.Norm == NormPlacement.Pre ? _layer.FeedForwardNorm : null;
        _pool.Run(_count, TokensPerChunk, _prepareInput);
        Run(_config.DFf, _layer.W1, _activate);
        if (_quantized) _pool.Run(_count, TokensPerChunk, _quantizeInner);
        Run(_config.DModel, _layer.W2, _addFeedForward);
        FinishOutput(_layer.FeedForwardNorm);
    }

    private void PrepareInput(int worker, int begin, int end)
    {
        for (int i = begin; i < end; i++) Normalize(_stream.Row(i), _norm, _input, i);
    }

    private void FinishOutput(AlignedBuffer? norm)
    {
        if (_config.Norm != NormPlacement.Post) return;
        for (int i = 0; i < _count; i++)
            _kernels.RmsNorm(_stream.Row(i), norm!.Floats, (float)_config.Epsilon, _stream.Row(i), _config.DModel);
    }

    /// <summary>Normalises where there is a norm, copies where there is none, and quantises where the weights are.</summary>
    private void Normalize(float* x, AlignedBuffer? norm, Activations target, int index)
    {
        if (norm is null) new ReadOnlySpan<float>(x, _config.DModel).CopyTo(new Span<float>(target.Row(index), _config.DModel));
        else _kernels.RmsNorm(x, norm.Floats, (float)_config.Epsilon, target.Row(index), _config.DModel);
        if (_quantized) target.Quantize(index);
    }

    /// <summary>Runs a job over the rows of a matrix, or of several side by side that are like it.</summary>
    private void Run(int rows, WeightMatrix matrix, ChunkJob job)
    {
        int chunk = (int)Math.Max(4, ChunkBytes / matrix.RowBytes);
        if (_count > 1) chunk = Math.Max(1, chunk / ManyTokensRows) * ManyTokensRows; // whole blocks of rows, as the kernels take them
        _pool.Run(rows, chunk, job);
    }

    /// <summary>Queries, keys and values, and perhaps gates: matrices, one after the other.</summary>
    private void Project(int worker, int begin, int end)
    {
        MultiplyPart(_layer.Query, _layer.QueryBias, 0, begin, end, _query);
        MultiplyPart(_layer.Key, _layer.KeyBias, _query.Width, begin, end, _key);
        MultiplyPart(_layer.Value, _layer.ValueBias, _query.Width + _key.Width, begin, end, _value);
        if (_layer.ValueGate is not null) MultiplyPart(_layer.ValueGate, null, _query.Width + (2 * _key.Width), begin, end, _valueGate!);
    }

    private void MultiplyPart(WeightMatrix matrix, AlignedBuffer? bias, int start, int begin, int end, Activations output)
    {
        (begin, end) = (Math.Max(begin - start, 0), Math.Min(end - start, matrix.Rows));
        if (begin >= end) return;
        _kernels.Multiply(matrix, begin, end, _input, _count, output, add: false);
        if (bias is null) return;
        for (int i = 0; i < _count; i++)
        {
            float* row = output.Row(i);
            for (int k = begin; k < end; k++) row[k] += bias.Floats[k];
        }
    }

    /// <summary>Normalises a head's query or key where the model does, and turns it to its position.</summary>
    private void Place(float* x, AlignedBuffer? norm, int position)
    {
        int size = _layout.HeadSize;
        if (norm is not null) _kernels.RmsNorm(x, norm.Floats, (float)_config.Epsilon, x, size);
        if (_rope is not null) _kernels.Rotate(x, _rope.Cosines(position), _rope.Sines(position), size);
    }

    /// <summary>Keys, turned to their positions, and values go into the caches.</summary>
    private void Store(int worker, int begin, int end)
    {
        int size = _layout.HeadSize;
        for (int i = begin; i < end; i++)
        {
            TokenRow token = _tokens[i];
            if (_layer.ValueEmbeddings is not null) AddValueEmbedding(i, token.Token);
            for (int head = 0; head < _layout.Heads; head++)
            {
                float* key = _key.Row(i) + (head * size), value = _value.Row(i) + (head * size);
                Place(key, _layer.KeyNorm, token.Position);
                float* target = token.Cache.Keys(_index) + _layout.KeysOf(head) + _layout.KeyAt(token.Position);
                for (int k = 0; k < size; k++) target[k * KeyValueLayout.Block] = key[k];
                float* values = token.Cache.Values(_index) + _layout.ValuesOf(head) + ((long)token.Position * _layout.ValueStride);
                new ReadOnlySpan<float>(value, size).CopyTo(new Span<float>(values, size));
            }
        }
    }

    /// <summary>v ← v + 2σ(W_g x) ⊙ e[token], in each head.</summary>
    private void AddValueEmbedding(int index, int token)
    {
        int size = _layout.HeadSize;
        float* embedding = _valueEmbedding!.Row(index), value = _value.Row(index), gates = _valueGate!.Row(index);
        _layer.ValueEmbeddings!.ReadRow(token, new Span<float>(embedding, _value.Width));
        for (int head = 0; head < _layout.Heads; head++)
        {
            float gate = 2 / (1 + MathF.Exp(-gates[head]));
            for (int k = head * size; k < (head + 1) * size; k++) value[k] += gate * embedding[k];
        }
    }

    private void Attend(int worker, int begin, int end)
    {
        int size = _layout.HeadSize, shared = _config.NumHeads / _layout.Heads;
        for (int i = begin; i < end; i++)
        {
            (int index, int head) = Math.DivRem(i, _config.NumHeads);
            TokenRow token = _tokens[index];
            float* query = _query.Row(index) + (head * size);
            Place(query, _layer.QueryNorm, token.Position);
            float* keys = token.Cache.Keys(_index) + _layout.KeysOf(head / shared);
            float* values = token.Cache.Values(_index) + _layout.ValuesOf(head / shared);
            float* output = _attended.Row(index) + (head * size);
            // From the block on in which the window begins: what lies in it before the window is computed and weighs nothing.
            int hidden = Math.Max(0, token.Position + 1 - _layer.Window), skipped = hidden / KeyValueLayout.Block * KeyValueLayout.Block;
            keys += (long)skipped * size;
            values += (long)skipped * _layout.ValueStride;
            _kernels.Attend(
                query, keys, values, _layout, hidden - skipped, token.Position + 1 - skipped, _scratch[worker].Floats, output);
        }
    }

    private void AddAttention(int worker, int begin, int end) =>
        _kernels.Multiply(_layer.Output, begin, end, _attended, _count, _stream, add: true);

    /// <summary>SiLU(W₁ x), times W₃ x where there is a gate, or ReLU(W₁ x)².</summary>
    private void Activate(int worker, int begin, int end)
    {
        _kernels.Multiply(_layer.W1, begin, end, _input, _count, _inner, add: false);
        if (_gate is not null) _kernels.Multiply(_layer.W3!, begin, end, _input, _count, _gate, add: false);
        for (int i = 0; i < _count; i++)
        {
            float* inner = _inner.Row(i) + begin;
            if (_config.FeedForward == FeedForwardKind.Relu2) _kernels.SquareRelu(inner, end - begin);
            else _kernels.Silu(inner, _gate is null ? null : _gate.Row(i) + begin, end - begin);
        }
    }

    private void QuantizeAttended(int worker, int begin, int end)
    {
        for (int i = begin; i < end; i++) _attended.Quantize(i);
    }

    private void QuantizeInner(int worker, int begin, int end)
    {
        for (int i = begin; i < end; i++) _inner.Quantize(i);
    }

    private void AddFeedForward(int worker, int begin, int end) =>
        _kernels.Multiply(_layer.W2, begin, end, _inner, _count, _stream, add: true);

    /// <summary>Head · x, softly capped where the model does.</summary>
    private void ComputeLogits(int worker, int begin, int end)
    {
        _kernels.Multiply(_head, begin, end, _headInput, _outputs, _logits, add: false);
        if (_config.LogitSoftCap is not double cap) return;
        for (int i = 0; i < _outputs; i++) _kernels.CapSoftly(_logits.Row(i) + begin, (float)cap, end - begin);
    }

    /// <summary>
    /// Computes the logits of the tokens in the head's input; the last one's go to row <paramref name="last"/>, the others' to the rows
    /// before it.
    /// </summary>
    private void WriteLogits(int last, Span<float> logits)
    {
        Activations output = _headIsLeftOut ? _headInput : _logits;
        if (!_headIsLeftOut) Run(_config.VocabSize, _head, _computeLogits);
        for (int i = 0; i < _outputs; i++)
        {
            Span<float> row = logits.Slice((last - _outputs + 1 + i) * output.Width, output.Width);
            new ReadOnlySpan<float>(output.Row(i), output.Width).CopyTo(row);
        }
        _outputs = 0;
    }
}
