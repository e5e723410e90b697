using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>
/// Vectors of one width, one per token. For weights of integers they are also kept quantised, in blocks of some numbers, each with its
/// own scale, so that one very large number makes only its own block less exact.
/// </summary>
internal sealed unsafe class Activations
{
    /// <summary>Numbers that share a scale where weights are int8.</summary>
    public const int Block = 64;

    private readonly AlignedBuffer _floats;
    private readonly AlignedBuffer? _quantized, _scales, _offsets, _sums;
    private readonly float* _pointer;
    private readonly int _block, _scaleStride;

    /// <param name="count">How many vectors.</param>
    /// <param name="width">How many numbers each has.</param>
    /// <param name="quantized">Whether they are also kept quantised.</param>
    /// <param name="block">How many quantised numbers share a scale, <see cref="Block"/> or <see cref="WeightBlocks.Numbers"/>.</param>
    public Activations(int count, int width, bool quantized, int block = Block)
    {
        Width = width;
        _block = block;
        Blocks = (width + block - 1) / block;
        _scaleStride = block == Block ? Blocks : (Blocks + BlockPairs.Group - 1) / BlockPairs.Group * BlockPairs.Group;
        _floats = new AlignedBuffer((long)count * width * sizeof(float));
        _pointer = _floats.Floats;
        if (!quantized) return;
        _quantized = new AlignedBuffer((long)count * _scaleStride * block);
        _scales = new AlignedBuffer((long)count * _scaleStride * sizeof(float));
        if (block == Block) _offsets = new AlignedBuffer((long)count * _scaleStride * sizeof(int));
        else _sums = new AlignedBuffer((long)count * _scaleStride * sizeof(int));
    }

    public int Width { get; }

    /// <summary>Blocks per vector.</summary>
    public int Blocks { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int index) => _pointer + ((long)index * Width);

    /// <summary>
    /// The integers of whole blocks, zero beyond the width; where weights come in blocks in the order of <see cref="BlockPairs"/>.
    /// </summary>
    public sbyte* Quantized(int index) => (sbyte*)_quantized!.Pointer + ((long)index * _scaleStride * _block);

    /// <summary>What one unit of each block's integers is worth; where weights come in blocks, zeros up to a multiple of eight.</summary>
    public float* Scales(int index) => _scales!.Floats + ((long)index * _scaleStride);

    /// <summary>Where weights come in blocks: the sum of each block's integers; zeros up to a multiple of eight.</summary>
    public int* Sums(int index) => (int*)_sums!.Pointer + ((long)index * _scaleStride);

    /// <summary>
    /// Where weights are int8: for each block -128 times the sum of its integers, which corrects for instructions that read each weight
    /// as 128 more than it is.
    /// </summary>
    public int* Offsets(int index) => (int*)_offsets!.Pointer + ((long)index * _scaleStride);

    /// <summary>Fills the quantised form of a vector from its floats.</summary>
    public void Quantize(int index)
    {
        float* values = Row(index), scales = Scales(index);
        sbyte* integers = Quantized(index), own = stackalloc sbyte[WeightBlocks.Numbers];
        for (int block = 0; block < Blocks; block++)
        {
            int start = block * _block, count = Math.Min(_block, Width - start);
            if (_sums is null)
            {
                scales[block] = Int8Quantization.Quantize(values + start, count, integers + start, out int sum);
                Offsets(index)[block] = -128 * sum;
            }
            else
            {
                scales[block] = Int8Quantization.Quantize(values + start, count, own, out Sums(index)[block]);
                sbyte* pair = integers + BlockPairs.Begin(block);
                Vector128.Load(own).Store(pair);
                Vector128.Load(own + BlockPairs.Half).Store(pair + BlockPairs.End);
            }
        }
    }
}
