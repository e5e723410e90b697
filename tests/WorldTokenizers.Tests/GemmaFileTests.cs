using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>The tokenizer files of Google's models.</summary>
public class GemmaFileTests(ITestOutputHelper output)
{
    [NpmTheory]
    [InlineData("gemini")]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    public void A_file_gives_the_ids_and_texts_of_its_library(string name) => WorldComparison.RunNamed(name, output);
}
