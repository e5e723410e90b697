using Cs336.Testing;

namespace Cs336.Tokenizers.MicrosoftML.Tests;

public class ReadmeTests
{
    [Fact]
    public void The_example_compiles()
    {
        (_, string[] errors) = Assert.Single(ReadmeCompiler.Compile("README.md"));

        Assert.Empty(errors);
    }
}
