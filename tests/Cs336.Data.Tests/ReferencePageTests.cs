namespace Cs336.Data.Tests;

public class ReferencePageTests
{
    [Fact]
    public void The_reference_is_what_the_comments_say() =>
        ReferencePage.IsUpToDate(typeof(DocumentReader).Assembly, "tests/Cs336.Data.Tests");
}
