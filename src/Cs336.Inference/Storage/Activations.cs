using System.Runtime.CompilerServices;

namespace Cs336.Inference;

/// <summary>
/// Vectors of one width, one per token. For int8 weights they are also kept quantised: in blocks of <see cref="Block"/> numbers, each
/// with its own scale, so that one very large number makes only its own block less exact.
/// </summary>
internal sealed unsafe class Activations
{
    /// <summary>Numbers that share a scale.</summary>
    public const int Block = 64;

    private readonly AlignedBuffer _floats;
    private readonly AlignedBuffer? _quantized, _scales, _offsets;
    private readonly float* _pointer;

    public Activations(int count, int width, bool quantized)
    {
        Width = width;
        Blocks = (width + Block - 1) / Block;
        _floats = new AlignedBuffer((long)count * width * sizeof(float));
        _pointer = _floats.Floats;
        if (!quantized) return;
        _quantized = new AlignedBuffer((long)count * Blocks * Block);
        _scales = new AlignedBuffer((long)count * Blocks * sizeof(float));
        _offsets = new AlignedBuffer((long)count * Blocks * sizeof(int));
    }

    public int Width { get; }

    /// <summary>Blocks per vector.</summary>
    public int Blocks { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int index) => _pointer + ((long)index * Width);

    /// <summary>Blocks · <see cref="Block"/> integers, zero beyond the width.</summary>
    public sbyte* Quantized(int index) => (sbyte*)_quantized!.Pointer + ((long)index * Blocks * Block);

    /// <summary>What one unit of each block's integers is worth.</summary>
    public float* Scales(int index) => _scales!.Floats + ((long)index * Blocks);

    /// <summary>
    /// For each block -128 times the sum of its integers, which corrects for instructions that read each weight as 128 more than it is.
    /// </summary>
    public int* Offsets(int index) => (int*)_offsets!.Pointer + ((long)index * Blocks);

    /// <summary>Fills the quantised form of a vector from its floats.</summary>
    public void Quantize(int index)
    {
        float* values = Row(index);
        sbyte* integers = Quantized(index);
        for (int block = 0; block < Blocks; block++)
        {
            int start = block * Block;
            Scales(index)[block] = Int8Quantization.Quantize(values + start, Math.Min(Block, Width - start), integers + start, out int sum);
            Offsets(index)[block] = -128 * sum;
        }
    }
}
