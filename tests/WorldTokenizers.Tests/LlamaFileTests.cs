using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>The tokenizer files of Llama and of Mistral's models.</summary>
public class LlamaFileTests(ITestOutputHelper output)
{
    [NpmTheory]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("llama3_1")]
    [InlineData("llama3_2")]
    [InlineData("mistral_nemo")]
    public void A_file_gives_the_ids_and_texts_of_its_library(string name) => WorldComparison.RunNamed(name, output);
}
