using Cs336.Testing;

namespace Cs336.Tokenizers.MicrosoftML.Tests;

public class ReadmeTests
{
    [Fact]
    public void The_examples_compile() => PageCompiler.AssertCompiles("src/Cs336.Tokenizers.MicrosoftML/README.md");
}
