namespace Cs336.Hosting.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_one_on_record() => Testing.PublicApi.MatchesTheBaseline(typeof(TransformerOptions).Assembly);
}
