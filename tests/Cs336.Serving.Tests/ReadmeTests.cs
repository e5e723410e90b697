using Cs336.Testing;

namespace Cs336.Serving.Tests;

/// <summary>With this package alone, as its readers have it.</summary>
public class ReadmeTests
{
    [Fact]
    public void The_examples_compile() => PageCompiler.AssertCompiles("src/Cs336.Serving/README.md");
}
