namespace Cs336.Data.Tests;

public class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_one_on_record() => PublicApi.MatchesTheBaseline(typeof(DocumentReader).Assembly);
}
