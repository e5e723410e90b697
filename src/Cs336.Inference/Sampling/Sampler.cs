using System.Numerics;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>
/// Draws the next token from logits: temperature, softmax, then top-k, top-p and min-p. Equal probabilities are ranked by token
/// id and the draw walks the ids in order, so that it depends on the logits and one random number alone. Its memory is
/// allocated once. Not safe for use by several threads at once.
/// </summary>
public sealed class Sampler
{
    /// <summary>The draw first finds a block of this many tokens, then the token in it.</summary>
    private const int BlockLength = 512;

    private readonly GenerationOptions _options;
    private readonly float _scale;
    private readonly float _minWeight;
    private readonly SeededRandom _random;
    private float[] _weights = [];
    private double[] _blockSums = [];
    private int[] _ids = [];
    private ulong[] _keys = [];

    /// <summary>Makes a sampler.</summary>
    /// <param name="options">Temperature, top-k, top-p and min-p.</param>
    /// <param name="random">Where one number per draw comes from (none at temperature 0).</param>
    /// <exception cref="ArgumentException">The options are not sound.</exception>
    public Sampler(GenerationOptions options, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        _options = options with { };
        // A normal float: a scale of zero or infinity would make some products NaN.
        const float smallestNormal = 1.17549435e-38f;
        _scale = (float)Math.Clamp(1 / options.Temperature, smallestNormal, float.MaxValue);
        _minWeight = (float)options.MinP * Exponentials.MaxWeight;
        _random = random;
    }

    /// <summary>The id of the next token.</summary>
    /// <param name="logits">Unnormalised log-probabilities, (vocab_size); negative infinity rules a token out.</param>
    /// <exception cref="ArgumentException">There are no logits, one is NaN or positive infinity, or all are negative infinity.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        float max = FindMax(logits);
        if (_options.Temperature == 0) return logits.IndexOf(max);

        if (_weights.Length < logits.Length) _weights = new float[logits.Length];
        bool all = _options.TopK == 0 || _options.TopK >= logits.Length;
        if (all && _options.TopP == 1 && _options.MinP == 0) return SampleAll(logits, max);
        if (_ids.Length < logits.Length)
        {
            _ids = new int[logits.Length];
            _keys = new ulong[logits.Length];
        }
        int count = all ? KeepLikely(logits, max, out double sum) : KeepTopK(logits, max, out sum);
        if (_options.TopP < 1) count = KeepNucleus(count, _options.TopP * sum);
        return SampleKept(count);
    }

    private int SampleAll(ReadOnlySpan<float> logits, float max)
    {
        int blocks = (logits.Length + BlockLength - 1) / BlockLength;
        if (_blockSums.Length < blocks) _blockSums = new double[blocks];
        double sum = 0;
        for (int block = 0; block < blocks; block++)
        {
            Range range = BlockOf(block, logits.Length);
            sum += _blockSums[block] = Exponentials.Fill(logits[range], max, _scale, _weights.AsSpan(range));
        }

        double target = _random.NextDouble() * sum;
        int drawn = 0;
        for (; drawn < blocks - 1 && target >= _blockSums[drawn]; drawn++) target -= _blockSums[drawn];
        while (_blockSums[drawn] == 0) drawn--; // rounding may carry the target past the last block with a weight
        int start = drawn * BlockLength;
        return start + Walk(_weights.AsSpan(BlockOf(drawn, logits.Length)), target);
    }

    /// <summary>
    /// Keeps the tokens that top-p and min-p may keep. All tokens with a probability below (1 - p) / vocab_size have less than 1 - p
    /// together, so that the others reach p without them: top-p keeps none of them, and they need not be ranked.
    /// </summary>
    private int KeepLikely(ReadOnlySpan<float> logits, float max, out double sum)
    {
        sum = Exponentials.Fill(logits, max, _scale, _weights);
        float floor = (float)Math.Max(_minWeight, (1 - _options.TopP) * sum / logits.Length * 0.999);
        int count = 0, id = 0;
        Vector256<float> floors = Vector256.Create(floor);
        for (; id <= logits.Length - Vector256<float>.Count; id += Vector256<float>.Count)
        {
            // Most tokens are far below the floor, so that most vectors hold none to be kept.
            Vector256<float> weights = Vector256.Create(_weights.AsSpan(id));
            for (uint kept = Vector256.GreaterThanOrEqual(weights, floors).ExtractMostSignificantBits(); kept != 0; kept &= kept - 1)
                Keep(id + BitOperations.TrailingZeroCount(kept));
        }
        for (; id < logits.Length; id++)
            if (_weights[id] >= floor) Keep(id);
        return count;

        void Keep(int kept)
        {
            _ids[count] = kept;
            _weights[count++] = _weights[kept]; // in place: count is never above kept
        }
    }

    private int KeepTopK(ReadOnlySpan<float> logits, float max, out double sum)
    {
        ulong minKey = MinKeyOfTopK(logits);
        float floor = logits[RankSelection.IndexOf(minKey)];
        int count = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            float logit = logits[id];
            if (logit < floor || RankSelection.KeyOf(logit, id) < minKey) continue;
            _ids[count] = id;
            _weights[count++] = logit;
        }
        sum = Exponentials.Fill(_weights.AsSpan(0, count), max, _scale, _weights);
        return count;
    }

    /// <summary>The smallest key of the k likeliest tokens.</summary>
    private ulong MinKeyOfTopK(ReadOnlySpan<float> logits)
    {
        // Most tokens are less likely than all of the k likeliest seen so far, and take one comparison.
        int k = _options.TopK, count = 0;
        Span<ulong> keys = _keys.AsSpan(0, Math.Min((int)Math.Min(2L * k + 1024, int.MaxValue), logits.Length));
        float floor = float.NegativeInfinity;
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] < floor) continue;
            keys[count++] = RankSelection.KeyOf(logits[id], id);
            if (count < keys.Length) continue;
            floor = logits[RankSelection.IndexOf(TakeTopK(keys))];
            count = k;
        }
        return TakeTopK(keys[..count]);

        ulong TakeTopK(Span<ulong> candidates)
        {
            RankSelection.TakeCount(candidates, k);
            return MinOf(candidates[..k]);
        }
    }

    private int KeepNucleus(int count, double target)
    {
        for (int i = 0; i < count; i++) _keys[i] = RankSelection.WeightKeyOf(_weights[i], i);
        Span<ulong> nucleus = _keys.AsSpan(0, RankSelection.TakeWeight(_keys.AsSpan(0, count), target));
        ulong minKey = MinOf(nucleus);
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            float weight = _weights[i];
            bool keep = RankSelection.WeightKeyOf(weight, i) >= minKey;
            _ids[kept] = _ids[i];
            _weights[kept] = weight;
            kept += keep ? 1 : 0;
        }
        return kept;
    }

    private static ulong MinOf(ReadOnlySpan<ulong> keys)
    {
        ulong min = ulong.MaxValue;
        foreach (ulong key in keys) min = Math.Min(min, key);
        return min;
    }

    private int SampleKept(int count)
    {
        Span<float> weights = _weights.AsSpan(0, count);
        double sum = 0;
        foreach (ref float weight in weights)
        {
            if (weight < _minWeight) weight = 0;
            sum += weight;
        }
        return _ids[Walk(weights, _random.NextDouble() * sum)];
    }

    /// <summary>The first index up to which the weights sum to more than a target.</summary>
    private static int Walk(ReadOnlySpan<float> weights, double target)
    {
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0) continue;
            last = i;
            if ((target -= weights[i]) < 0) break;
        }
        return last; // rounding may carry the target past the last token with a weight
    }

    private static Range BlockOf(int block, int length) => (block * BlockLength)..Math.Min((block + 1) * BlockLength, length);

    private static float FindMax(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty) throw new ArgumentException("There are no logits to draw from.");
        Vector<float> infinity = new(float.PositiveInfinity), maxes = new(float.NegativeInfinity);
        bool sound = true; // a comparison with NaN is false
        int i = 0;
        for (; i <= logits.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> some = new(logits[i..]);
            sound &= Vector.LessThanAll(some, infinity);
            maxes = Vector.Max(maxes, some);
        }
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++) max = MathF.Max(max, maxes[lane]);
        for (; i < logits.Length; i++)
        {
            sound &= logits[i] < float.PositiveInfinity;
            max = MathF.Max(max, logits[i]);
        }
        if (!sound) ThrowUnsound(logits);
        if (float.IsNegativeInfinity(max)) throw new ArgumentException("Every logit is negative infinity: no token is left to draw.");
        return max;
    }

    private static void ThrowUnsound(ReadOnlySpan<float> logits)
    {
        int id = 0;
        while (logits[id] < float.PositiveInfinity) id++;
        throw new ArgumentException(
            $"The logit of token {id} is {logits[id]}; expected finite numbers. Has the model diverged in training, or is a logit "
            + "processor at fault?");
    }
}
