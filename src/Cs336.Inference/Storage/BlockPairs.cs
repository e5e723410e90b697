namespace Cs336.Inference;

/// <summary>
/// The order in which quantised inputs lie where weights come in blocks of 32: in each group of eight blocks, the first halves of blocks 0
/// and 4 side by side, then their second halves; then those of blocks 1 and 5, of 2 and 6, of 3 and 7. So one register multiplies the
/// same half of two blocks, and the sums of eight blocks come out in their order with the fewest sums across lanes.
/// </summary>
internal static class BlockPairs
{
    /// <summary>Blocks of a group; a vector has whole groups, of which the last may end with zeros.</summary>
    public const int Group = 8;

    /// <summary>How many blocks further on a block's other one is.</summary>
    public const int Distance = Group / 2;

    /// <summary>Integers of half a block, which lie together.</summary>
    public const int Half = WeightBlocks.Numbers / 2;

    /// <summary>From a block's first half to its second.</summary>
    public const int End = 2 * Half;

    /// <summary>Where a block's first half begins.</summary>
    public static int Begin(int block) =>
        ((block / Group * Group) + (2 * (block % Distance))) * WeightBlocks.Numbers + (block % Group / Distance * Half);
}
