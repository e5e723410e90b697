namespace Cs336.Inference;

/// <summary>
/// Draws the next token from logits: temperature, then softmax, then top-p. Equal probabilities are ranked by token id,
/// so that a draw depends on the logits and the random number alone. Not safe for use by several threads at once.
/// </summary>
public sealed class Sampler
{
    private readonly double _temperature;
    private readonly double _topP;
    private readonly SeededRandom _random;
    private double[] _probabilities = [];
    private int[] _order = [];

    /// <summary>Makes a sampler.</summary>
    /// <param name="options">Temperature and top-p.</param>
    /// <param name="random">Where one number a draw comes from (none at temperature 0).</param>
    /// <exception cref="ArgumentException">The options are not sound.</exception>
    public Sampler(GenerationOptions options, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        _temperature = options.Temperature;
        _topP = options.TopP;
        _random = random;
    }

    /// <summary>The id of the next token.</summary>
    /// <param name="logits">Unnormalised log-probabilities, (vocab_size); negative infinity rules a token out.</param>
    /// <exception cref="ArgumentException">There are no logits, one is NaN or positive infinity, or all are negative infinity.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        int likeliest = FindLikeliest(logits);
        if (_temperature == 0) return likeliest;

        if (_probabilities.Length != logits.Length)
        {
            _probabilities = new double[logits.Length];
            _order = new int[logits.Length];
        }
        // Dividing the difference to the maximum keeps every exponent at or below 0, however small the temperature.
        double max = logits[likeliest], sum = 0;
        for (int id = 0; id < logits.Length; id++) sum += _probabilities[id] = Math.Exp((logits[id] - max) / _temperature);

        return _topP < 1 ? SampleNucleus(sum) : SampleAll(sum);
    }

    private int SampleAll(double sum)
    {
        double target = _random.NextDouble() * sum;
        int last = 0;
        for (int id = 0; id < _probabilities.Length; id++)
        {
            if (_probabilities[id] == 0) continue;
            last = id;
            if ((target -= _probabilities[id]) < 0) return id;
        }
        return last; // rounding left a sliver beyond the last token
    }

    private int SampleNucleus(double sum)
    {
        for (int id = 0; id < _order.Length; id++) _order[id] = id;
        Array.Sort(_order, (a, b) => _probabilities[b].CompareTo(_probabilities[a]) is var byProbability and not 0 ? byProbability : a.CompareTo(b));

        double nucleus = 0;
        int count = 0;
        while (count < _order.Length && nucleus < _topP * sum) nucleus += _probabilities[_order[count++]];

        double target = _random.NextDouble() * nucleus;
        for (int rank = 0; rank < count; rank++)
            if ((target -= _probabilities[_order[rank]]) < 0) return _order[rank];
        return _order[count - 1];
    }

    private static int FindLikeliest(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty) throw new ArgumentException("There are no logits to draw from.");
        int likeliest = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (float.IsNaN(logits[id]) || float.IsPositiveInfinity(logits[id]))
                throw new ArgumentException($"The logit of token {id} is {logits[id]}; expected finite numbers. Has the model diverged in training?");
            if (logits[id] > logits[likeliest]) likeliest = id;
        }
        if (float.IsNegativeInfinity(logits[likeliest])) throw new ArgumentException("Every logit is negative infinity: no token is left to draw.");
        return likeliest;
    }
}
