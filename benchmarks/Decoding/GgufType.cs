namespace Cs336.Benchmarks.Decoding;

/// <summary>How llama.cpp holds matrices, by its numbers.</summary>
internal enum GgufType
{
    F32 = 0,
    Q8_0 = 8,
    BF16 = 30,
}
