using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>The tokenizer files of Qwen, DeepSeek and Claude, which normalize text or cut it several times.</summary>
public class NormalizingFileTests(ITestOutputHelper output)
{
    [NpmTheory]
    [InlineData("qwen2_5")]
    [InlineData("qwen3")]
    [InlineData("deepseek_v3")]
    [InlineData("claude")]
    public void A_file_gives_the_ids_and_texts_of_its_library(string name) => WorldComparison.RunNamed(name, output);
}
