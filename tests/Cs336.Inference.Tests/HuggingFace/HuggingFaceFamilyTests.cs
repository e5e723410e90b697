namespace Cs336.Inference.Tests;

/// <summary>Each architecture, read and written, against PyTorch's logits.</summary>
public sealed class HuggingFaceFamilyTests
{
    private static readonly int[] Tokens = RandomModel.Tokens(40, 70);

    public static TheoryData<string> Models => [.. FamilyConfigs.All.Keys];

    /// <summary>What makes each architecture, by the shapes of the other tests.</summary>
    public static TheoryData<string, string> Shapes => new()
    {
        { "head_dim", "LlamaForCausalLM" },
        { "biases", "Qwen2ForCausalLM" },
        { "QK-norm", "Qwen3ForCausalLM" },
        { "linear", "LlamaForCausalLM" },
        { "llama3", "LlamaForCausalLM" },
        { "yarn", "LlamaForCausalLM" },
        { "yarn, every key", "LlamaForCausalLM" },
        { "window", "MistralForCausalLM" },
    };

    [TorchTheory]
    [MemberData(nameof(Models))]
    public void A_folder_of_random_weights_has_their_logits_here(string name)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("hf"));
        folder.Write("hf/config.json", FamilyConfigs.All[name].ToJsonString());
        double[] theirs = FamilyOracle.Make(folder.File("hf"), Tokens);
        TransformerConfig config = HuggingFaceFolder.Import(folder.File("hf"), folder.File("model"));
        AssertSame(theirs, folder.File("model"));

        // And written again it is theirs, to the last bit.
        HuggingFaceFolder.Export(config, folder.File("model/model.safetensors"), folder.File("again"),
            options: new() { Type = theirs.Length > 0 && IsBFloat16(name) ? SafetensorsType.BF16 : SafetensorsType.F32 });
        Assert.Equal(theirs, FamilyOracle.Compute(folder.File("again"), Tokens));
        Assert.Equal(config, HuggingFaceFolder.ReadConfig(folder.File("again/config.json")));
    }

    [TorchTheory]
    [MemberData(nameof(Shapes))]
    public void What_is_exported_is_of_the_right_architecture_and_has_our_logits(string name, string architecture)
    {
        TransformerConfig config = RandomModel.Configs[name] with { Epsilon = 1e-3 };
        using TemporaryFolder folder = RandomModel.Write(config);
        HuggingFaceFolder.Export(config, folder.File("model.safetensors"), folder.File("hf"));
        Assert.Contains($"\"{architecture}\"", File.ReadAllText(folder.File("hf/config.json")));
        Assert.Equal(config, HuggingFaceFolder.ReadConfig(folder.File("hf/config.json")));
        AssertSame(FamilyOracle.Compute(folder.File("hf"), [.. Tokens.Select(id => id % config.VocabSize)]), folder.Path, config.VocabSize);
    }

    private static bool IsBFloat16(string name) =>
        ((string?)FamilyConfigs.All[name]["torch_dtype"] ?? (string?)FamilyConfigs.All[name]["dtype"]) == "bfloat16";

    private static void AssertSame(double[] theirs, string folder, int vocabSize = 70)
    {
        using CpuLanguageModel model = CpuLanguageModel.Load(
            folder, new CpuModelOptions { Precision = CpuPrecision.Float32, ThreadCount = 1 });
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[Tokens.Length * vocabSize];
        model.ForwardEach(cache, Tokens.Select(id => id % vocabSize).ToArray(), logits);
        Assert.Equal(logits.Length, theirs.Length);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(theirs[i], logits[i], 1e-4);
        Assert.True(theirs.Max() - theirs.Min() > 1, "The logits tell nothing: they are all alike.");
    }
}
