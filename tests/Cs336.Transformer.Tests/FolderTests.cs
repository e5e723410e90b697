namespace Cs336.Transformer.Tests;

public sealed class FolderTests
{
    private static readonly string Package = Path.Combine("src", "Cs336.Transformer");

    [Fact]
    public void No_folder_of_the_package_is_in_a_circle_with_another() => FolderCircles.AssertNone(Package);

    [Theory]
    [InlineData("Layers")]
    [InlineData("Decoding")]
    [InlineData("Reference")]
    [InlineData("TransformerLM.cs")]
    [InlineData("Operations/LayerOperations.cs")]
    [InlineData("Operations/ExplicitOperations.cs")]
    [InlineData("Operations/ScaledDotProductAttention.cs")]
    [InlineData("Operations/LinearMap.cs")]
    public void The_equations_do_not_speak_of_processors(string place)
    {
        string path = Path.Combine(RepositoryRoot.Path, Package, place);
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*.cs") : [path];
        Assert.NotEmpty(files);
        string[] words = ["processor", "MKL", "oneDNN", "AVX", "SIMD", "AMD", "Intel"];
        Assert.Empty(
            from file in files
            let text = File.ReadAllText(file)
            from word in words
            where text.Contains(word, StringComparison.Ordinal)
            select $"{Path.GetFileName(file)}: {word}");
    }
}
