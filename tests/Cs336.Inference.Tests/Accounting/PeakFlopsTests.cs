namespace Cs336.Inference.Tests;

public sealed class PeakFlopsTests
{
    [Theory]
    [InlineData("h100:tf32", 495e12)]
    [InlineData(" H100:BF16 ", 989e12)]
    [InlineData("a100:fp32", 19.5e12)]
    [InlineData("b200:bf16", 2250e12)]
    [InlineData("19.5e12", 19.5e12)]
    [InlineData("312000000000000", 312e12)]
    public void Names_and_numbers_are_read(string text, double expected) => Assert.Equal(expected, PeakFlops.Parse(text));

    [Theory]
    [InlineData("h100", "'h100' does not say in which format h100 multiplies: name one of h100:fp32, h100:tf32, h100:bf16, h100:fp8.")]
    [InlineData("a100:fp8", "name one of a100:fp32, a100:tf32, a100:bf16.")]
    [InlineData("v100:fp32", "'v100:fp32' is neither a number above 0, such as 19.5e12, nor one of a100:fp32,")]
    [InlineData("0", "neither a number above 0")]
    [InlineData("-1e12", "neither a number above 0")]
    [InlineData("nan", "neither a number above 0")]
    [InlineData("infinity", "neither a number above 0")]
    [InlineData("1e999", "neither a number above 0")]
    [InlineData("", "neither a number above 0")]
    public void Anything_else_is_refused_with_what_is_known(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => PeakFlops.Parse(text)).Message);
}
