using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Cs336.Serving.Tests.CpuModel;

public sealed class CpuModelTests : IDisposable
{
    private readonly TemporaryFolder _model = RandomModel.Write(RandomModel.Configs["base"] with { VocabSize = 257 });
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_checkpoint_a_weights_file_and_the_newest_checkpoint_of_a_run_are_one_model()
    {
        foreach (long step in (long[])[9, 10, 11]) Directory.CreateDirectory(_folder.File($"run/checkpoints/step-{step:D8}"));
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(_model.File(file), _folder.File($"run/checkpoints/step-00000010/{file}")); // step 11 has no weights yet
        GeneratedText[] texts = [
            await GenerateAsync(new() { ["Model:RunDirectory"] = _folder.File("run") }),
            await GenerateAsync(new() { ["Model:CheckpointDirectory"] = _model.Path }),
            await GenerateAsync(new()
            {
                ["Model:WeightsFile"] = _model.File("model.safetensors"), ["Model:MapWeights"] = "true", ["Model:ThreadCount"] = "1",
            }),
        ];
        Assert.Single(texts.Distinct());
        Assert.Equal(5, texts[0].NewTokens);
    }

    [Fact]
    public void Options_reach_the_engine_and_names_keep_models_apart()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336("small").AddCpuModel(
            options => (options.CheckpointDirectory, options.Precision, options.ThreadCount) = (_model.Path, CpuPrecision.Int8, 3));
        builder.Services.AddCs336("large").AddCpuModel(options => options.CheckpointDirectory = _model.Path);
        using IHost host = builder.Build();
        CpuLanguageModel small = host.Services.GetRequiredKeyedService<CpuLanguageModel>("small");
        Assert.Equal((CpuPrecision.Int8, 3), (small.Precision, small.ThreadCount));
        Assert.Equal(CpuPrecision.Float32, host.Services.GetRequiredKeyedService<CpuLanguageModel>("large").Precision);
        Assert.Same(small, host.Services.GetRequiredKeyedService<ILanguageModel>("small"));
    }

    [Fact]
    public void A_model_of_the_app_wins()
    {
        HistoryModel own = new(257, 8);
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ILanguageModel>(own);
        builder.Services.AddCs336().AddCpuModel(options => options.CheckpointDirectory = _model.Path);
        using IHost host = builder.Build();
        Assert.Same(own, host.Services.GetRequiredService<ILanguageModel>());
    }

    [Fact]
    public async Task All_problems_are_told_when_the_host_starts()
    {
        string message = await FailAsync(new()
        {
            ["Model:RunDirectory"] = " ", ["Model:WeightsFile"] = "x", ["Model:Precision"] = "Int4",
            ["Model:ThreadCount"] = "0", ["Model:Wieghts"] = "x",
        });
        foreach (string expected in (string[])
        [
            "HostedCpuModelOptions has a RunDirectory and a WeightsFile: give one of them.", "HostedCpuModelOptions.RunDirectory is blank",
            "Model:Precision is \"Int4\"", "thread_count is 0", "There is no key Model:Wieghts: is Model:MapWeights meant?",
        ])
            Assert.Contains(expected, message);
    }

    [Fact]
    public async Task What_does_not_show_in_the_options_alone_is_told_too()
    {
        Assert.StartsWith("HostedCpuModelOptions names no model", await FailAsync(new() { ["Model:MapWeights"] = "true" }));
        Assert.Equal($"There is no model: {_folder.File("config.json")} and {_folder.File("model.safetensors")} cannot be found.",
            await FailAsync(new() { ["Model:CheckpointDirectory"] = _folder.Path }));
        Assert.StartsWith(
            $"{_folder.Path} has no checkpoint with weights", await FailAsync(new() { ["Model:RunDirectory"] = _folder.Path }));
        using TemporaryFolder other = RandomModel.Write(RandomModel.Configs["base"]);
        Assert.StartsWith(
            "The tokenizer has 257 tokens, but the model of", await FailAsync(new() { ["Model:CheckpointDirectory"] = other.Path }));
        File.WriteAllText(other.File("config.json"), "{");
        Assert.Contains("config.json", await FailAsync(new() { ["Model:CheckpointDirectory"] = other.Path }));
    }

    private static async Task<string> FailAsync(Dictionary<string, string?> settings)
    {
        using IHost host = Build(settings);
        return (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync())).Message;
    }

    private static async Task<GeneratedText> GenerateAsync(Dictionary<string, string?> settings)
    {
        using IHost host = Build(settings);
        await host.StartAsync();
        return await host.Services.GetRequiredService<TextGenerator>().GenerateAsync("abc");
    }

    private static IHost Build(Dictionary<string, string?> settings)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton<ITokenizer, ByteTokenizer>();
        builder.Services.AddCs336().AddCpuModel(builder.Configuration.GetSection("Model")).AddGenerator(
            options => (options.MaxNewTokens, options.Seed) = (5, 1));
        return builder.Build();
    }
}
