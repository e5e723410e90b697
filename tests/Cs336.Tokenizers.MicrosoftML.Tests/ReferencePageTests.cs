using Cs336.Testing;

namespace Cs336.Tokenizers.MicrosoftML.Tests;

public class ReferencePageTests
{
    [Fact]
    public void The_reference_is_what_the_comments_say() =>
        ReferencePage.IsUpToDate(typeof(MicrosoftMLTokenizer).Assembly, "tests/Cs336.Tokenizers.MicrosoftML.Tests");
}
