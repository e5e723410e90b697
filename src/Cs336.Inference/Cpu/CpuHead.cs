namespace Cs336.Inference;

/// <summary>The end of the model, for the tokens whose logits are wanted: the final norm, and the matrix that gives the logits.</summary>
internal sealed unsafe class CpuHead
{
    private const int MaxOutputs = 16; // tokens for which logits are held at once

    private readonly CpuPass _pass;
    private readonly WeightMatrix _matrix;
    private readonly AlignedBuffer? _norm;
    private readonly Activations _input, _logits; // (outputs, d_model) and (outputs, vocab_size)
    private readonly ChunkJob _computeLogits;
    private int _outputs; // tokens in the input, whose logits are computed next

    /// <summary>The model's head.</summary>
    /// <param name="pass">The tokens that go through it, and what computes.</param>
    /// <param name="matrix">(vocab_size, d_model).</param>
    /// <param name="norm">Gain of the final norm, or null.</param>
    public CpuHead(CpuPass pass, WeightMatrix matrix, AlignedBuffer? norm)
    {
        (_pass, _matrix, _norm) = (pass, matrix, norm);
        _input = new Activations(MaxOutputs, pass.Config.DModel, pass.IsQuantized, pass.Block);
        _logits = new Activations(MaxOutputs, pass.Config.VocabSize, quantized: false);
        _computeLogits = ComputeLogits;
    }

    /// <summary>Whether <see cref="Write"/> gives what goes into the matrix instead of what comes out of it.</summary>
    public bool IsLeftOut { get; set; }

    /// <summary>Writes the logits of the pass's tokens, where they are wanted, to the rows that the tokens name.</summary>
    public void Write(Span<float> logits)
    {
        _outputs = 0;
        int last = -1;
        for (int i = 0; i < _pass.Count; i++)
        {
            if (_pass.Tokens[i].Output < 0) continue;
            last = _pass.Tokens[i].Output;
            _pass.Normalize(_pass.Stream.Row(i), _norm, _input, _outputs++);
            if (_outputs == MaxOutputs) WriteRows(last, logits);
        }
        if (_outputs > 0) WriteRows(last, logits);
    }

    /// <summary>
    /// Computes the logits of the tokens in the input; the last one's go to row <paramref name="last"/>, the others' to the rows
    /// before it.
    /// </summary>
    private void WriteRows(int last, Span<float> logits)
    {
        Activations output = IsLeftOut ? _input : _logits;
        if (!IsLeftOut) _pass.RunRows(_pass.Config.VocabSize, _matrix, _computeLogits);
        for (int i = 0; i < _outputs; i++)
        {
            Span<float> row = logits.Slice((last - _outputs + 1 + i) * output.Width, output.Width);
            new ReadOnlySpan<float>(output.Row(i), output.Width).CopyTo(row);
        }
        _outputs = 0;
    }

    /// <summary>Head · x, softly capped where the model does.</summary>
    private void ComputeLogits(int worker, int begin, int end)
    {
        _pass.Kernels.Multiply(_matrix, begin, end, _input, _outputs, _logits, add: false);
        if (_pass.Config.LogitSoftCap is not double cap) return;
        for (int i = 0; i < _outputs; i++) _pass.Kernels.CapSoftly(_logits.Row(i) + begin, (float)cap, end - begin);
    }
}
