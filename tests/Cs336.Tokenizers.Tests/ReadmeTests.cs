using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class ReadmeTests
{
    [Fact]
    public void The_example_compiles()
    {
        (_, string[] errors) = Assert.Single(ReadmeCompiler.Compile("README.md"));

        Assert.Empty(errors);
    }

    [Fact]
    public void The_example_of_the_guide_compiles()
    {
        (_, string[] errors) = Assert.Single(ReadmeCompiler.Compile(
            "tokenizers.md", "using Cs336.Tokenizers;\nITokenizer stories = BpeTokenizer.Load(\"a\"), web = BpeTokenizer.Load(\"b\");"));

        Assert.Empty(errors);
    }
}
