using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Serving;
using Cs336.Transformer;

namespace Cs336.Hosting.Tests;

public sealed class ServedTransformerTests
{
    [Fact]
    public async Task A_transformer_serves_several_streams_without_mixing_them()
    {
        TransformerConfig config = new()
        {
            VocabSize = 257, ContextLength = 48, DModel = 32, NumLayers = 2, NumHeads = 2, DFf = 64, RopeTheta = 100, InitSeed = 1,
        };
        using TransformerLM model = new(config);
        ByteTokenizer tokenizer = new();
        GenerationRequest[] requests = [.. Enumerable.Range(0, 20).Select(i =>
            new GenerationRequest(new string((char)('a' + i), 1 + i))
            {
                Options = new GenerationOptions { Seed = (ulong)i, MaxNewTokens = 10 + i },
            })];
        GeneratedText[] texts;
        await using (GenerationService service = new(tokenizer, model))
            texts = await Task.WhenAll(requests.Select(request => service.GenerateAsync(request)));
        using TextGenerator alone = new(tokenizer, model);
        for (int i = 0; i < requests.Length; i++)
            Assert.Equal(await alone.GenerateAsync(requests[i].Prompt!, requests[i].Options), texts[i]);
    }
}
