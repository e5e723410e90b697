namespace Cs336.Inference;

/// <summary>
/// Finds the likeliest tokens without sorting them all (quickselect; Hoare, 1961). Each token is a 64-bit key: its weight in the upper
/// half, so that keys are ordered as weights are, and the complement of its index in the lower half, so that of two equal weights the one
/// with the smaller index has the larger key.
/// </summary>
internal static class RankSelection
{
    /// <summary>
    /// Up to this many keys are sorted at once; and after this many partitions all that are left are, so that no order of keys takes long.
    /// </summary>
    private const int SortLength = 32, MaxPartitions = 64;

    /// <summary>The key of a number of any sign.</summary>
    public static ulong KeyOf(float value, int index)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value + 0f); // -0 becomes 0, its equal
        uint ordered = (bits & 0x8000_0000) == 0 ? bits | 0x8000_0000 : ~bits;
        return ((ulong)ordered << 32) | ~(uint)index;
    }

    /// <summary>The key of a number that is 0 or more.</summary>
    public static ulong WeightKeyOf(float weight, int index) => ((ulong)BitConverter.SingleToUInt32Bits(weight) << 32) | ~(uint)index;

    /// <summary>The index in a key.</summary>
    public static int IndexOf(ulong key) => (int)~(uint)key;

    /// <summary>Brings the <paramref name="count"/> largest keys to the front, unordered.</summary>
    public static void TakeCount(Span<ulong> keys, int count) => Take<Ones>(keys, count);

    /// <summary>
    /// Brings the fewest largest keys whose weights sum to at least <paramref name="target"/>, or all, to the front, unordered. Returns
    /// how many.
    /// </summary>
    public static int TakeWeight(Span<ulong> keys, double target) => Take<Weights>(keys, target);

    private static int Take<TMeasure>(Span<ulong> keys, double target) where TMeasure : IMeasure
    {
        // Keys before low are taken, keys from high on are not, and those between are still to be decided.
        int low = 0, high = keys.Length;
        double taken = 0;
        for (int partition = 0; high - low > SortLength && partition < MaxPartitions; partition++)
        {
            int pivot = low + Partition(keys[low..high]);
            double above = 0;
            foreach (ulong key in keys[low..pivot]) above += TMeasure.Of(key);
            if (taken + above >= target) high = pivot;
            else
            {
                taken += above + TMeasure.Of(keys[pivot]);
                low = pivot + 1;
                if (taken >= target) return low;
            }
        }
        Span<ulong> rest = keys[low..high];
        rest.Sort();
        rest.Reverse();
        while (low < high && taken < target) taken += TMeasure.Of(keys[low++]);
        return low;
    }

    /// <summary>Chooses a pivot, brings all larger keys before it and returns its place. All keys are different.</summary>
    private static int Partition(Span<ulong> keys)
    {
        int middle = keys.Length / 2, end = keys.Length - 1;
        ulong first = keys[0], mid = keys[middle], last = keys[end];
        int median = (first > mid) == (mid > last) ? middle : (first > mid) == (last > first) ? 0 : end;
        ulong pivot = keys[median];
        keys[median] = keys[end];
        int place = 0;
        for (int i = 0; i < end; i++)
        {
            ulong key = keys[i];
            keys[i] = keys[place];
            keys[place] = key;
            place += key > pivot ? 1 : 0; // without a branch, which the processor would often predict wrongly
        }
        keys[end] = keys[place];
        keys[place] = pivot;
        return place;
    }

    private interface IMeasure
    {
        static abstract double Of(ulong key);
    }

    private readonly struct Ones : IMeasure
    {
        public static double Of(ulong key) => 1;
    }

    private readonly struct Weights : IMeasure
    {
        public static double Of(ulong key) => BitConverter.UInt32BitsToSingle((uint)(key >> 32));
    }
}
