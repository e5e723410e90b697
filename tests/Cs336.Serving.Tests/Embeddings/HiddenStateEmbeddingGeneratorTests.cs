using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cs336.Serving.Tests.Embeddings;

public sealed class HiddenStateEmbeddingGeneratorTests : IDisposable
{
    private static readonly ITokenizer Tokenizer = new ByteTokenizer();
    private readonly TemporaryFolder _folder = RandomModel.Write(RandomModel.Configs["base"] with { VocabSize = 257 });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("story")]
    public async Task An_embedding_is_the_mean_of_the_last_hidden_states_of_length_1(string? name)
    {
        using IHost host = Build(name);
        IEmbeddingGenerator<string, Embedding<float>> generator = Get<IEmbeddingGenerator<string, Embedding<float>>>(host, name);
        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(["abc", "abd", "something else"]);
        Assert.Equal((3, 20), (embeddings.Count, embeddings.Usage!.InputTokenCount));
        Assert.Equal(Expected(Get<CpuLanguageModel>(host, name), "abc"), embeddings[0].Vector.ToArray(), (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.All(embeddings, embedding => Assert.Equal(1, Dot(embedding, embedding), 5));
        Assert.True(Dot(embeddings[0], embeddings[1]) > Dot(embeddings[0], embeddings[2]));
        Assert.Equal(name ?? "cs336", embeddings[0].ModelId);
        Assert.NotNull(generator.GetService<HiddenStateEmbeddingGenerator>());
        EmbeddingGeneratorMetadata metadata = generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("cs336", 24), (metadata.ProviderName, metadata.DefaultModelDimensions));
    }

    [Fact]
    public async Task What_cannot_be_embedded_is_refused()
    {
        using IHost host = Build(null);
        HiddenStateEmbeddingGenerator generator = host.Services.GetRequiredService<HiddenStateEmbeddingGenerator>();
        Assert.StartsWith(
            "Text 1 is empty", (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a", ""]))).Message);
        Assert.StartsWith("Text 0 has 81 tokens, but context_length is 80",
            (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync([new string('a', 81)]))).Message);
        EmbeddingGenerationOptions fewer = new() { Dimensions = 8 };
        Assert.StartsWith("The model's embeddings have 24 dimensions, but 8 are asked for",
            (await Assert.ThrowsAsync<NotSupportedException>(() => generator.GenerateAsync(["a"], fewer))).Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(["a"], null, new CancellationToken(true)));
        Assert.Single(await generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 24, ModelId = "other" }));
        IServiceCollection services = new ServiceCollection().AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(generator);
        Assert.Throws<InvalidOperationException>(() => services.AddCs336().AddEmbeddingGenerator());
    }

    /// <summary>By definition, a token at a time.</summary>
    private static float[] Expected(CpuLanguageModel model, string text)
    {
        double[] mean = new double[model.Config.DModel];
        using IKvCache cache = model.CreateCache();
        int[] ids = Tokenizer.Encode(text, SpecialTokenHandling.Ignore);
        foreach (int id in ids)
        {
            float[] state = new float[mean.Length];
            model.ForwardHidden(cache, new[] { id }, state);
            for (int j = 0; j < mean.Length; j++) mean[j] += state[j] / (double)ids.Length;
        }
        double norm = Math.Sqrt(mean.Sum(x => x * x));
        return [.. mean.Select(x => (float)(x / norm))];
    }

    private static double Dot(Embedding<float> x, Embedding<float> y) =>
        x.Vector.ToArray().Zip(y.Vector.ToArray()).Sum(pair => (double)pair.First * pair.Second);

    private static T Get<T>(IHost host, string? name) where T : class =>
        name is null ? host.Services.GetRequiredService<T>() : host.Services.GetRequiredKeyedService<T>(name);

    private IHost Build(string? name)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(Tokenizer);
        Cs336Builder parts = name is null ? builder.Services.AddCs336() : builder.Services.AddCs336(name);
        parts.AddCpuModel(options => options.CheckpointDirectory = _folder.Path).AddEmbeddingGenerator().UseLogging();
        return builder.Build();
    }
}
