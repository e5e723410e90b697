using Cs336.Inference;

namespace Cs336.Transformer;

/// <summary>
/// The model's equations in plain loops over double-precision numbers, one position after the other and without a tensor
/// library. It is here to be read first, and the tests hold <see cref="TransformerLM"/> against it; nothing else calls it.
/// </summary>
/// <param name="config">The model's shape.</param>
/// <param name="weights">Each parameter's numbers, row by row, under its name, such as <c>layers.0.attn.q_proj.weight</c>.</param>
internal sealed class PlainTransformer(TransformerConfig config, IReadOnlyDictionary<string, float[]> weights)
{
    /// <summary>The logits after each token: embed, pass through the blocks, normalise, project.</summary>
    /// <returns>(T, vocab_size).</returns>
    public double[][] Forward(IReadOnlyList<int> tokens)
    {
        double scale = config.EmbeddingScale ?? 1;
        double[][] x = // (T, d_model)
            [.. tokens.Select(id => Row("token_embeddings.weight", id, config.DModel).Select(value => scale * value).ToArray())];
        double[][][] outputs = new double[config.NumLayers][][];
        for (int layer = 0; layer < config.NumLayers; layer++)
        {
            string prefix = $"layers.{layer}.";
            int window = config.WindowOf(layer) ?? int.MaxValue;
            if (config.SkipOf(layer) is int earlier)
            {
                double skip = weights[prefix + "skip.weight"][0];
                x = [.. x.Zip(outputs[earlier], (row, s) => Add(row, [.. s.Select(value => skip * value)]))];
            }
            IReadOnlyList<int>? ids = config.HasValueEmbeddings(layer) ? tokens : null;
            x = AddTo(x, prefix + "ln1.weight", rows => Attention(prefix + "attn.", rows, window, ids));
            x = AddTo(x, prefix + "ln2.weight", rows => [.. rows.Select(row => FeedForward(prefix + "ffn.", row))]);
            outputs[layer] = x;
        }
        string head = config.TiedEmbeddings ? "token_embeddings.weight" : "lm_head.weight";
        if (config.Norm != NormPlacement.None) x = [.. x.Select(row => Norm("ln_final.weight", row))];
        return [.. x.Select(row => Cap(Multiply(head, config.VocabSize, row)))];
    }

    /// <summary>The soft cap, where there is one: c · tanh(z / c).</summary>
    private double[] Cap(double[] logits) =>
        config.LogitSoftCap is double cap ? [.. logits.Select(z => cap * Math.Tanh(z / cap))] : logits;

    /// <summary>x + Sublayer(x), normalised before, after or not at all.</summary>
    private double[][] AddTo(double[][] x, string norm, Func<double[][], double[][]> sublayer)
    {
        double[][] input = config.Norm == NormPlacement.Pre ? [.. x.Select(row => Norm(norm, row))] : x;
        double[][] sum = [.. x.Zip(sublayer(input), Add)];
        return config.Norm == NormPlacement.Post ? [.. sum.Select(row => Norm(norm, row))] : sum;
    }

    /// <summary>softmax(q kᵀ / √d) v over each position's past, in each head; then the heads joined and projected.</summary>
    private double[][] Attention(string prefix, double[][] x, int window, IReadOnlyList<int>? tokens)
    {
        double[][] q = [.. x.Select((row, t) => Place(Project(prefix + "q_proj", config.QueryWidth, row), prefix + "q_norm.weight", t))];
        int keyWidth = config.KeyValueHeads * config.HeadSize;
        double[][] k = [.. x.Select((row, t) => Place(Project(prefix + "k_proj", keyWidth, row), prefix + "k_norm.weight", t))];
        double[][] v = [.. x.Select(row => Project(prefix + "v_proj", keyWidth, row))];
        if (tokens is not null) v = [.. v.Select((row, t) => AddValueEmbedding(prefix, row, x[t], tokens[t]))];
        int size = config.HeadSize;
        double[][] output = new double[x.Length][];
        for (int t = 0; t < x.Length; t++)
        {
            double[] joined = new double[config.QueryWidth];
            int first = Math.Max(0, t - window + 1);
            for (int head = 0; head < config.NumHeads; head++)
            {
                int keyHead = head / (config.NumHeads / config.KeyValueHeads);
                double[] weightsOfPast = new double[t + 1];
                for (int s = first; s <= t; s++)
                {
                    double dot = 0;
                    for (int i = 0; i < size; i++) dot += q[t][head * size + i] * k[s][keyHead * size + i];
                    weightsOfPast[s] = Math.Exp(dot / Math.Sqrt(size));
                }
                double sum = weightsOfPast.Sum();
                for (int s = first; s <= t; s++)
                    for (int i = 0; i < size; i++) joined[head * size + i] += weightsOfPast[s] / sum * v[s][keyHead * size + i];
            }
            output[t] = Multiply(prefix + "output_proj.weight", config.DModel, joined);
        }
        return output;
    }

    /// <summary>v + 2σ(W_g x) e[token], in each head.</summary>
    private double[] AddValueEmbedding(string prefix, double[] v, double[] x, int token)
    {
        double[] gates = [.. Multiply(prefix + "value_gate.weight", config.KeyValueHeads, x).Select(z => 2 / (1 + Math.Exp(-z)))];
        return [.. v.Zip(Row(prefix + "value_embeddings.weight", token, v.Length), (a, b) => (a, b))
            .Select((pair, i) => pair.a + gates[i / config.HeadSize] * pair.b)];
    }

    /// <summary>W x, or W x + b.</summary>
    private double[] Project(string name, int rows, double[] x)
    {
        double[] product = Multiply(name + ".weight", rows, x);
        return config.QkvBiases ? [.. product.Select((value, i) => value + weights[name + ".bias"][i])] : product;
    }

    /// <summary>Normalises each head where the model does, then turns it to its position.</summary>
    private double[] Place(double[] x, string norm, int position) =>
        Rotate(config.QkNorm ? [.. x.Chunk(config.HeadSize).SelectMany(head => Norm(norm, head))] : x, position);

    /// <summary>RoPE: turns each pair of each head by the angle position / Θ^(2i/d), or as the model's scaling has it.</summary>
    private double[] Rotate(double[] x, int position)
    {
        if (config.Position == PositionEncoding.None) return x;
        double[] rotated = new double[x.Length], frequencies = RotaryFrequencies.Of(config);
        double factor = RotaryFrequencies.Factor(config);
        for (int head = 0; head < x.Length / config.HeadSize; head++)
            for (int pair = 0; pair < config.HeadSize / 2; pair++)
            {
                double angle = position * frequencies[pair];
                int i = head * config.HeadSize + 2 * pair;
                rotated[i] = factor * (x[i] * Math.Cos(angle) - x[i + 1] * Math.Sin(angle));
                rotated[i + 1] = factor * (x[i] * Math.Sin(angle) + x[i + 1] * Math.Cos(angle));
            }
        return rotated;
    }

    /// <summary>W₂ (SiLU(W₁ x) ⊙ W₃ x), or without a gate W₂ SiLU(W₁ x) or W₂ ReLU(W₁ x)².</summary>
    private double[] FeedForward(string prefix, double[] x)
    {
        double[] gate = Multiply(prefix + "w1.weight", config.DFf, x);
        double[] activated = [.. gate.Select(z =>
            config.FeedForward == FeedForwardKind.Relu2 ? Math.Pow(Math.Max(z, 0), 2) : z / (1 + Math.Exp(-z)))];
        if (config.FeedForward != FeedForwardKind.SwiGlu) return Multiply(prefix + "w2.weight", config.DModel, activated);
        double[] up = Multiply(prefix + "w3.weight", config.DFf, x);
        return Multiply(prefix + "w2.weight", config.DModel, [.. activated.Zip(up, (a, b) => a * b)]);
    }

    /// <summary>RMSNorm: x / √(mean(x²) + ε) · g.</summary>
    private double[] Norm(string name, double[] x)
    {
        double inverseRms = 1 / Math.Sqrt(x.Select(value => value * value).Average() + config.Epsilon);
        return [.. x.Select((value, i) => value * inverseRms * weights[name][i])];
    }

    /// <summary>W x.</summary>
    private double[] Multiply(string name, int rows, double[] x) =>
        [.. Enumerable.Range(0, rows).Select(row => Dot(Row(name, row, x.Length), x))];

    private double[] Row(string name, int row, int width) =>
        [.. weights[name].AsSpan(row * width, width).ToArray().Select(value => (double)value)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
