using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>The tokenizer files of OpenAI's models.</summary>
public class OpenAIFileTests(ITestOutputHelper output)
{
    [NpmTheory]
    [InlineData("gpt2")]
    [InlineData("text_davinci003")]
    [InlineData("gpt35turbo")]
    [InlineData("gpt4")]
    [InlineData("gpt4o")]
    [InlineData("gptoss")]
    public void A_file_gives_the_ids_and_texts_of_its_library(string name) => WorldComparison.RunNamed(name, output);
}
