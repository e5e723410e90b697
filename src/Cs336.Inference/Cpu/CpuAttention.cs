namespace Cs336.Inference;

/// <summary>
/// x + Attention(x) for the tokens of a pass, normalised before, after or not at all; keys and values go into the caches.
/// </summary>
internal sealed unsafe class CpuAttention
{
    // The size of a chunk of attention: computed within about a microsecond, and just enough to be worth handing to another thread.
    private const int ChunkProducts = 8 * 1024;

    private readonly CpuPass _pass;
    private readonly Kernels _kernels;
    private readonly WorkerPool _pool;
    private readonly RotaryTables? _rope;
    private readonly KeyValueLayout _layout;

    // A row per token of the pass.
    private readonly Activations _query, _attended; // of all heads side by side, (tokens, num_heads · head_size)
    private readonly Activations _key, _value; // (tokens, num_kv_heads · head_size)
    private readonly Activations? _valueGate, _valueEmbedding; // W_g x, (tokens, num_kv_heads), and e[token], as wide as the values

    private readonly AlignedBuffer[] _scratch; // for each thread, what attention needs: scores, and the sum of values
    private readonly ChunkJob _project, _store, _attend, _quantizeAttended, _addOutput;
    private int _index; // of the layer that is computed now
    private CpuLayer _layer;

    /// <summary>The sublayer of all layers, one after the other.</summary>
    /// <param name="pass">The tokens that go through it, and what computes.</param>
    /// <param name="first">The model's first layer.</param>
    /// <param name="layout">How the caches hold keys and values.</param>
    /// <param name="pool">The threads that compute.</param>
    public CpuAttention(CpuPass pass, CpuLayer first, KeyValueLayout layout, WorkerPool pool)
    {
        (_pass, _layer, _layout, _pool, _kernels) = (pass, first, layout, pool, pass.Kernels);
        TransformerConfig config = pass.Config;
        if (config.Position == PositionEncoding.Rope) _rope = new RotaryTables(config);
        int keyWidth = config.KeyValueHeads * config.HeadSize;
        _query = new Activations(CpuPass.MaxTokens, config.QueryWidth, quantized: false);
        _key = new Activations(CpuPass.MaxTokens, keyWidth, quantized: false);
        _value = new Activations(CpuPass.MaxTokens, keyWidth, quantized: false);
        if (config.ValueEmbeddings)
        {
            _valueGate = new Activations(CpuPass.MaxTokens, config.KeyValueHeads, quantized: false);
            _valueEmbedding = new Activations(CpuPass.MaxTokens, keyWidth, quantized: false);
        }
        _attended = new Activations(CpuPass.MaxTokens, config.QueryWidth, pass.IsQuantized, pass.Block);
        _scratch = new AlignedBuffer[pool.ThreadCount];
        // Made once, because a new delegate for each job would be garbage for each token.
        (_project, _store, _attend, _quantizeAttended, _addOutput) = (Project, Store, Attend, QuantizeAttended, AddOutput);
    }

    /// <summary>Makes the rotary tables and the scratch memory long enough for sequences of this length.</summary>
    public void Reserve(int positions)
    {
        _rope?.Reserve(positions);
        long bytes = (KeyValueLayout.InBlocks(positions) + _layout.ValueStride) * (long)sizeof(float);
        for (int i = 0; i < _scratch.Length; i++) _scratch[i] = new AlignedBuffer(bytes);
    }

    /// <summary>Adds a layer's output to the residual stream.</summary>
    /// <param name="index">The layer's number, from 0.</param>
    /// <param name="layer">The layer's weights.</param>
    public void Run(int index, CpuLayer layer)
    {
        (_index, _layer) = (index, layer);
        int count = _pass.Count;
        _pass.Prepare(layer.AttentionNorm);
        _pass.RunRows(_query.Width + (2 * _key.Width) + (layer.ValueGate?.Rows ?? 0), layer.Query, _project);
        if (count == 1) Store(0, 0, 1);
        else _pool.Run(count, 1, _store);
        // A head that attends over few positions is too little work for a chunk of its own.
        long products = Math.Min(_pass.Tokens[count - 1].Position + 1L, layer.Window) * _layout.HeadSize;
        _pool.Run(count * _pass.Config.NumHeads, (int)Math.Max(1, ChunkProducts / products), _attend);
        _pass.RunQuantization(_quantizeAttended);
        _pass.RunRows(_pass.Config.DModel, layer.Output, _addOutput);
        _pass.Finish(layer.AttentionNorm);
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
        _kernels.Multiply(matrix, begin, end, _pass.Input, _pass.Count, output, add: false);
        if (bias is null) return;
        for (int i = 0; i < _pass.Count; i++)
        {
            float* row = output.Row(i);
            for (int k = begin; k < end; k++) row[k] += bias.Floats[k];
        }
    }

    /// <summary>Normalises a head's query or key where the model does, and turns it to its position.</summary>
    private void Place(float* x, AlignedBuffer? norm, int position)
    {
        int size = _layout.HeadSize;
        if (norm is not null) _kernels.RmsNorm(x, norm.Floats, (float)_pass.Config.Epsilon, x, size);
        if (_rope is not null) _kernels.Rotate(x, _rope.Cosines(position), _rope.Sines(position), size);
    }

    /// <summary>Keys, turned to their positions, and values go into the caches.</summary>
    private void Store(int worker, int begin, int end)
    {
        int size = _layout.HeadSize;
        for (int i = begin; i < end; i++)
        {
            TokenRow token = _pass.Tokens[i];
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
        int size = _layout.HeadSize, shared = _pass.Config.NumHeads / _layout.Heads;
        for (int i = begin; i < end; i++)
        {
            (int index, int head) = Math.DivRem(i, _pass.Config.NumHeads);
            TokenRow token = _pass.Tokens[index];
            float* query = _query.Row(index) + (head * size);
            Place(query, _layer.QueryNorm, token.Position);
            float* keys = token.Cache.Keys(_index) + _layout.KeysOf(head / shared);
            float* values = token.Cache.Values(_index) + _layout.ValuesOf(head / shared);
            float* output = _attended.Row(index) + (head * size);
            // Only whole blocks before the window are skipped: its first block is computed whole, and what is hidden there weighs nothing.
            int hidden = Math.Max(0, token.Position + 1 - _layer.Window), skipped = hidden / KeyValueLayout.Block * KeyValueLayout.Block;
            keys += (long)skipped * size;
            values += (long)skipped * _layout.ValueStride;
            _kernels.Attend(
                query, keys, values, _layout, hidden - skipped, token.Position + 1 - skipped, _scratch[worker].Floats, output);
        }
    }

    private void QuantizeAttended(int worker, int begin, int end)
    {
        for (int i = begin; i < end; i++) _attended.Quantize(i);
    }

    private void AddOutput(int worker, int begin, int end) =>
        _kernels.Multiply(_layer.Output, begin, end, _attended, _pass.Count, _pass.Stream, add: true);
}
