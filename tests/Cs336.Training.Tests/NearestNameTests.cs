using Cs336.Settings;

namespace Cs336.Training.Tests;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("BatchSzie", "BatchSize")]
    [InlineData("batch_size", "BatchSize")]
    [InlineData("steps", "MaxSteps")]
    [InlineData("", "Seed")]
    public void The_name_with_the_fewest_changes_is_the_nearest(string name, string expected) =>
        Assert.Equal(expected, NearestName.Of(name, ["BatchSize", "MaxSteps", "WindowLength", "Seed"]));

    [Fact]
    public void Among_no_names_none_is_nearest() => Assert.Null(NearestName.Of("x", []));
}
