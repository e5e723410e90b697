using Cs336.Inference;

namespace Cs336.Transformer.Tests;

/// <summary>
/// The model's equations in plain loops over double-precision numbers, one position after the other and without a tensor
/// library: the oracle that <see cref="TransformerLM"/> is held against.
/// </summary>
internal sealed class ReferenceTransformer(TransformerConfig config, IReadOnlyDictionary<string, float[]> weights)
{
    /// <summary>The logits after each token.</summary>
    public double[][] Forward(IReadOnlyList<int> tokens)
    {
        double[][] x = [.. tokens.Select(id => Row("token_embeddings.weight", id, config.DModel))];
        for (int layer = 0; layer < config.NumLayers; layer++)
        {
            string prefix = $"layers.{layer}.";
            double[][] attended = Attention(prefix + "attn.", [.. x.Select(row => Norm(prefix + "ln1.weight", row))]);
            for (int t = 0; t < x.Length; t++) x[t] = Add(x[t], attended[t]);
            for (int t = 0; t < x.Length; t++) x[t] = Add(x[t], FeedForward(prefix + "ffn.", Norm(prefix + "ln2.weight", x[t])));
        }
        return [.. x.Select(row => Multiply("lm_head.weight", config.VocabSize, Norm("ln_final.weight", row)))];
    }

    private double[][] Attention(string prefix, double[][] x)
    {
        double[][] q = [.. x.Select((row, t) => Rotate(Multiply(prefix + "q_proj.weight", config.DModel, row), t))];
        double[][] k = [.. x.Select((row, t) => Rotate(Multiply(prefix + "k_proj.weight", config.DModel, row), t))];
        double[][] v = [.. x.Select(row => Multiply(prefix + "v_proj.weight", config.DModel, row))];
        int size = config.HeadSize;
        double[][] output = new double[x.Length][];
        for (int t = 0; t < x.Length; t++)
        {
            double[] joined = new double[config.DModel];
            for (int head = 0; head < config.NumHeads; head++)
            {
                double[] weightsOfPast = new double[t + 1];
                for (int s = 0; s <= t; s++)
                {
                    double dot = 0;
                    for (int i = 0; i < size; i++) dot += q[t][head * size + i] * k[s][head * size + i];
                    weightsOfPast[s] = Math.Exp(dot / Math.Sqrt(size));
                }
                double sum = weightsOfPast.Sum();
                for (int s = 0; s <= t; s++)
                    for (int i = 0; i < size; i++) joined[head * size + i] += weightsOfPast[s] / sum * v[s][head * size + i];
            }
            output[t] = Multiply(prefix + "output_proj.weight", config.DModel, joined);
        }
        return output;
    }

    private double[] Rotate(double[] x, int position)
    {
        double[] rotated = new double[x.Length];
        for (int head = 0; head < config.NumHeads; head++)
            for (int pair = 0; pair < config.HeadSize / 2; pair++)
            {
                double angle = position / Math.Pow(config.RopeTheta, 2.0 * pair / config.HeadSize);
                int i = head * config.HeadSize + 2 * pair;
                rotated[i] = x[i] * Math.Cos(angle) - x[i + 1] * Math.Sin(angle);
                rotated[i + 1] = x[i] * Math.Sin(angle) + x[i + 1] * Math.Cos(angle);
            }
        return rotated;
    }

    private double[] FeedForward(string prefix, double[] x)
    {
        double[] gate = Multiply(prefix + "w1.weight", config.DFf, x);
        double[] up = Multiply(prefix + "w3.weight", config.DFf, x);
        return Multiply(prefix + "w2.weight", config.DModel, [.. gate.Select((z, i) => z / (1 + Math.Exp(-z)) * up[i])]);
    }

    private double[] Norm(string name, double[] x)
    {
        double inverseRms = 1 / Math.Sqrt(x.Select(value => value * value).Average() + 1e-5);
        return [.. x.Select((value, i) => value * inverseRms * weights[name][i])];
    }

    private double[] Multiply(string name, int rows, double[] x) => [.. Enumerable.Range(0, rows).Select(row => Dot(Row(name, row, x.Length), x))];

    private double[] Row(string name, int row, int width) => [.. weights[name].AsSpan(row * width, width).ToArray().Select(value => (double)value)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
