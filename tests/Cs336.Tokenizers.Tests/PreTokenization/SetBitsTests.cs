using System.Runtime.Intrinsics.X86;

namespace Cs336.Tokenizers.Tests;

public class SetBitsTests
{
    [Fact]
    public void The_numbers_of_any_bits_are_those_found_one_by_one()
    {
        Random random = new(1);
        int[] numbers = new int[64 + SetBits.Slack];
        for (int i = 0; i < 10_000; i++)
        {
            // From masks with hardly any bit to masks with nearly all.
            ulong bits = i % 3 == 0 ? ulong.MaxValue : (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            for (int thin = random.Next(6); thin > 0; thin--) bits &= (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            int[] expected = [.. Enumerable.Range(0, 64).Where(bit => ((bits >> bit) & 1) != 0).Select(bit => bit + i)];

            Assert.Equal(expected, numbers[..SetBits.Write(bits, i, numbers)]);
            Assert.Equal(expected, numbers[..SetBits.WriteOneByOne(bits, i, numbers)]);
            if (Avx2.IsSupported) Assert.Equal(expected, numbers[..SetBits.WriteByTable(bits, i, numbers)]);
        }
    }

    [Fact]
    public void Of_more_numbers_than_fit_the_first_are_written()
    {
        int[] numbers = new int[3];

        Assert.Equal(3, SetBits.WriteOneByOne(0b1011_0100, 100, numbers));
        Assert.Equal([102, 104, 105], numbers);
    }
}
