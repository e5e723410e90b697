namespace Cs336.Inference;

/// <summary>
/// Cosines and sines of the rotary embedding (Su et al., 2021) for a whole context, as <see cref="Kernels.Rotate"/> wants them:
/// position p turns the pair (2i, 2i + 1) by p · Θ^(-2i/d).
/// </summary>
internal sealed unsafe class RotaryTables
{
    private readonly int _headSize;
    private readonly AlignedBuffer _cosines, _sines;

    public RotaryTables(TransformerConfig config)
    {
        _headSize = config.HeadSize;
        long count = (long)config.ContextLength * _headSize;
        _cosines = new AlignedBuffer(count * sizeof(float));
        _sines = new AlignedBuffer(count * sizeof(float));
        double[] frequencies = [.. Enumerable.Range(0, _headSize / 2).Select(pair => Math.Pow(config.RopeTheta, -2.0 * pair / _headSize))];
        for (int position = 0; position < config.ContextLength; position++)
        {
            float* cosines = Cosines(position), sines = Sines(position);
            for (int pair = 0; pair < frequencies.Length; pair++)
            {
                // In double precision, because a float32 angle at position 10,000 is off by more than 1e-3.
                (double sine, double cosine) = Math.SinCos(position * frequencies[pair]);
                cosines[2 * pair] = cosines[(2 * pair) + 1] = (float)cosine;
                sines[2 * pair] = (float)-sine;
                sines[(2 * pair) + 1] = (float)sine;
            }
        }
    }

    public float* Cosines(int position) => _cosines.Floats + ((long)position * _headSize);

    public float* Sines(int position) => _sines.Floats + ((long)position * _headSize);
}
