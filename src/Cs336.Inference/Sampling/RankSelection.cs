namespace Cs336.Inference;

/// <summary>
/// Finds the likeliest tokens without sorting them all (quickselect; Hoare, 1961). A token is a key: its weight in the upper half, so that
/// keys are ordered as weights are, and the complement of its index in the lower, so that of equals the first is the greater.
/// </summary>
internal static class RankSelection
{
    /// <summary>Keys few enough to be sorted, and partitions after which to sort whatever is left.</summary>
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

    /// <summary>Brings the greatest keys to the front, unordered.</summary>
    public static void TakeCount(Span<ulong> keys, int count) => Take<Ones>(keys, count);

    /// <summary>Brings the greatest keys to the front, unordered: the fewest whose weights sum to at least <paramref name="target"/>, or all. Returns how many.</summary>
    public static int TakeWeight(Span<ulong> keys, double target) => Take<Weights>(keys, target);

    private static int Take<TMeasure>(Span<ulong> keys, double target) where TMeasure : IMeasure
    {
        // All before low are taken, none from high on is.
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

    /// <summary>Brings what is greater than a key between first and last to the front and returns that key's place; keys are all different.</summary>
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
            place += key > pivot ? 1 : 0; // no branch to mispredict
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
