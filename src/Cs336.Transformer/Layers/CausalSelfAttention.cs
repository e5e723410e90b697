using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Causal multi-head self-attention (Vaswani et al., 2017, §3.2.2) with rotary positions: project to queries, keys and values,
/// attend in num_heads heads of head_size each, join the heads, project back. With num_kv_heads below num_heads,
/// query heads that follow one another share a head of keys and values (grouped-query attention; Ainslie et al., 2023).
/// Where the configuration says so, the three projections have biases, queries and keys are normalised before they are turned, a
/// token attends over a window alone, and embeddings of the tokens are added to the values.
/// </summary>
public sealed class CausalSelfAttention : TransformerModule
{
    private readonly int _width;
    private readonly int _headSize;
    private readonly int _queriesPerKey;
    private readonly int? _window;
    private readonly RotaryEmbedding? _rope;
    private readonly LayerOperations _operations;
    private readonly Linear _query;
    private readonly Linear _key;
    private readonly Linear _value;
    private readonly Linear _output;
    private readonly RmsNorm? _queryNorm;
    private readonly RmsNorm? _keyNorm;
    private readonly ValueEmbedding? _valueEmbedding;

    /// <summary>Makes a layer with freshly drawn weights.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="rope">The rotary tables, owned by the model; null where the model has no positions.</param>
    /// <param name="path">Which code computes it.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="layer">The number of its layer, from 0, by which it has a window or none.</param>
    public CausalSelfAttention(
        TransformerConfig config, RotaryEmbedding? rope, ComputePath path, Generator? generator, Device? device, int layer = 0)
        : base(nameof(CausalSelfAttention), device ??= CPU)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_width, _headSize) = (config.DModel, config.HeadSize);
        _queriesPerKey = config.NumHeads / config.KeyValueHeads;
        _window = config.WindowOf(layer);
        _rope = rope;
        _operations = LayerOperations.Of(path);
        int keyWidth = config.KeyValueHeads * config.HeadSize;
        int queryWidth = config.QueryWidth;
        register_module("q_proj", _query = new Linear(config.DModel, queryWidth, generator, device, path, config.QkvBiases));
        register_module("k_proj", _key = new Linear(config.DModel, keyWidth, generator, device, path, config.QkvBiases));
        register_module("v_proj", _value = new Linear(config.DModel, keyWidth, generator, device, path, config.QkvBiases));
        register_module("output_proj", _output = new Linear(queryWidth, config.DModel, generator, device, path));
        if (config.ZeroInitOutputs) Initialization.Clear(_output.Weight);
        if (config.QkNorm)
        {
            register_module("q_norm", _queryNorm = new RmsNorm(_headSize, config.Epsilon, device));
            register_module("k_norm", _keyNorm = new RmsNorm(_headSize, config.Epsilon, device));
        }
        if (!config.HasValueEmbeddings(layer)) return;
        _valueEmbedding = new ValueEmbedding(config, generator, device, path);
        register_module("value_embeddings", _valueEmbedding.Vectors);
        register_module("value_gate", _valueEmbedding.Gate);
    }

    /// <summary>Makes a layer with freshly drawn weights from the few numbers that it needs.</summary>
    /// <param name="dModel">Width of input and output.</param>
    /// <param name="numHeads">Number of query heads; divides d_model.</param>
    /// <param name="rope">The rotary tables, for heads of d_model / num_heads; they stay the caller's. Null for no positions.</param>
    /// <param name="numKvHeads">Number of key and value heads; divides num_heads. Null for as many.</param>
    /// <param name="generator">Where the initial weights come from; null for torch's own, which <c>torch.manual_seed</c> sets.</param>
    /// <param name="device">Where they go; null for the CPU.</param>
    /// <param name="path">Which code computes it.</param>
    /// <exception cref="ArgumentException">The numbers do not fit together; the message lists every problem.</exception>
    public CausalSelfAttention(
        int dModel, int numHeads, RotaryEmbedding? rope = null, int? numKvHeads = null, Generator? generator = null, Device? device = null,
        ComputePath path = ComputePath.Fast)
        : this(LayerConfig.OfAttention(dModel, numHeads, numKvHeads, rope), rope, path, generator, device)
    {
    }

    /// <summary>Attends within whole sequences that start at position 0.</summary>
    /// <param name="input">(..., T, d_model), any leading dimensions.</param>
    /// <returns>(..., T, d_model).</returns>
    /// <exception cref="ArgumentException">The last dimension is another, or with rotary positions T is above context_length.</exception>
    public override Tensor forward(Tensor input)
    {
        Shapes.CheckLast(input, _width, nameof(CausalSelfAttention), "d_model", rows: "T");
        return AttendWithin(input, x => _rope is null ? x : _rope.Rotate(x, 0));
    }

    /// <summary>
    /// Attends within whole sequences whose tokens stand at positions that are given. Each token sees those before it in the sequence,
    /// whatever their positions.
    /// </summary>
    /// <param name="input">(..., T, d_model), any leading dimensions.</param>
    /// <param name="positions">Int64, (..., T), of which leading dimensions may be left out or be 1.</param>
    /// <returns>(..., T, d_model).</returns>
    /// <exception cref="ArgumentException">
    /// The last dimension is another, the positions do not fit it or the context, or the layer has no positions.
    /// </exception>
    public Tensor forward(Tensor input, Tensor positions)
    {
        Shapes.CheckLast(input, _width, nameof(CausalSelfAttention), "d_model", rows: "T");
        RotaryEmbedding rope = _rope
            ?? throw new ArgumentException("CausalSelfAttention was given positions, but was made without a RotaryEmbedding to use them.");
        RotaryEmbedding.CheckPositions(positions, input.shape.AsSpan()[..^1]);
        Tensor ofRows = positions.dim() == 1 ? positions // (T), or one row for each sequence and all of its heads: (B, 1, T)
            : positions.expand(input.shape[..^1]).reshape(Shapes.Leading(input, 2), 1, input.size(-2));
        return AttendWithin(input, x => rope.Rotate(x, ofRows));
    }

    /// <summary>
    /// Attends within whole sequences that start at position 0, where the layer has embeddings of values and needs to know the tokens.
    /// </summary>
    /// <param name="input">(B, T, d_model).</param>
    /// <param name="tokenIds">Int64, (B, T).</param>
    /// <returns>(B, T, d_model).</returns>
    internal Tensor ForwardTokens(Tensor input, Tensor tokenIds) =>
        AttendWithin(input, x => _rope is null ? x : _rope.Rotate(x, 0), tokenIds);

    /// <summary>Attends within whole sequences, (..., T, d_model).</summary>
    /// <param name="input">(..., T, d_model).</param>
    /// <param name="rotate">Is applied to queries and keys, (B, heads, T, head_size).</param>
    /// <param name="tokenIds">(..., T), where the layer has embeddings of values.</param>
    private Tensor AttendWithin(Tensor input, Func<Tensor, Tensor> rotate, Tensor? tokenIds = null)
    {
        if (input.dim() != 3)
            return AttendWithin(input.reshape(Shapes.Leading(input, 2), input.size(-2), _width), rotate, tokenIds).reshape(input.shape);
        (Tensor queries, Tensor keys, Tensor values) = Project(input, tokenIds); // (B, heads, T, head_size) each
        (queries, keys) = (rotate(queries), rotate(keys));
        Tensor attended = Attend(queries, keys, values); // (B, num_heads, T, head_size)
        return _output.call(JoinHeads(attended)); // (B, T, d_model)
    }

    /// <summary>
    /// Attends from the new tokens of several sequences, each to those of its own sequence; keys and values go into the caches.
    /// </summary>
    /// <param name="input">(1, N, d_model), N new tokens in all: what is linear is computed for all of them at once.</param>
    /// <param name="segments">The sequences that the new tokens continue.</param>
    /// <param name="tokenIds">The new tokens, int64, (1, N).</param>
    /// <returns>(1, N, d_model).</returns>
    internal Tensor Continue(Tensor input, IReadOnlyList<LayerSegment> segments, Tensor tokenIds)
    {
        // Caches are float32, and so is what attends over them.
        (Tensor queries, Tensor keys, Tensor values) = Project(input, tokenIds);
        queries = queries.to_type(float32);
        if (_rope is not null)
        {
            // All sequences at once: the rotation is a dozen operations, which cost more to call than to compute.
            List<long> all = PositionsOf(segments);
            long end = all.Max() + 1;
            Tensor positions = tensor(all, device: input.device);
            (queries, keys) = (_rope.RotateTo(queries, positions, end), _rope.RotateTo(keys, positions, end));
        }
        Tensor[] attended = new Tensor[segments.Count];
        for (int i = 0; i < attended.Length; i++)
        {
            (LayerCache cache, int start, int count) = segments[i];
            (Tensor allKeys, Tensor allValues) = cache.Append(keys.narrow(2, start, count), values.narrow(2, start, count));
            attended[i] = Attend(queries.narrow(2, start, count), WithinWindow(allKeys, count), WithinWindow(allValues, count));
        }
        return _output.call(JoinHeads(attended.Length == 1 ? attended[0] : cat(attended, 2)).to_type(input.dtype));
    }

    /// <inheritdoc/>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        base._toEpilog(dtype, device, non_blocking);
        if (device is not null) _rope?.to(device);
    }

    /// <summary>(B, T, d_model) to queries (B, num_heads, T, head_size), keys and values (B, num_kv_heads, T, head_size).</summary>
    private (Tensor Queries, Tensor Keys, Tensor Values) Project(Tensor input, Tensor? tokenIds)
    {
        Tensor queries = SplitHeads(_query.call(input)), keys = SplitHeads(_key.call(input)), values = SplitHeads(_value.call(input));
        if (_valueEmbedding is not null) values = _valueEmbedding.AddTo(values, input, tokenIds);
        return _queryNorm is null ? (queries, keys, values) : (_queryNorm.call(queries), _keyNorm!.call(keys), values);
    }

    /// <summary>Of what the cache holds, the positions that the last <paramref name="count"/> tokens see.</summary>
    private Tensor WithinWindow(Tensor x, long count)
    {
        long held = x.size(2), seen = Math.Min(held, count + (_window ?? held) - 1);
        return seen == held ? x : x.narrow(2, held - seen, seen);
    }

    private static List<long> PositionsOf(IReadOnlyList<LayerSegment> segments)
    {
        List<long> positions = [];
        foreach ((LayerCache cache, _, int count) in segments)
            for (int i = 0; i < count; i++) positions.Add(cache.Length + i);
        return positions;
    }

    private Tensor Attend(Tensor queries, Tensor keys, Tensor values) =>
        ScaledDotProductAttention.Attend(queries, ForEachQueryHead(keys), ForEachQueryHead(values), _operations, _window);

    /// <summary>(B, num_kv_heads, S, head_size) to (B, num_heads, S, head_size): each head as often as query heads share it.</summary>
    private Tensor ForEachQueryHead(Tensor x) =>
        _queriesPerKey == 1 ? x : x.unsqueeze(2).expand(-1, -1, _queriesPerKey, -1, -1).flatten(1, 2);

    /// <summary>(B, T, heads · head_size) to (B, heads, T, head_size).</summary>
    private Tensor SplitHeads(Tensor x) => x.unflatten(2, [x.size(2) / _headSize, _headSize]).transpose(1, 2);

    /// <summary>(B, heads, T, head_size) to (B, T, heads · head_size).</summary>
    private static Tensor JoinHeads(Tensor x) => x.transpose(1, 2).flatten(-2);
}
