namespace Cs336.Distributed.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_one_on_record() => PublicApi.MatchesTheBaseline(typeof(RankGroup).Assembly);
}
