namespace Cs336.Data.Tests;

public class ReadmeTests
{
    [Fact]
    public void The_examples_compile() => PageCompiler.AssertCompiles("src/Cs336.Data/README.md");
}
