using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>Models of LLaMA's family, imported and computed by libtorch, against PyTorch's own equations.</summary>
public sealed class FamilyTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(1, 40).Select(i => i * 7919 % 70)];

    public static TheoryData<string> Models => [.. FamilyConfigs.All.Keys];

    [TorchTheory]
    [MemberData(nameof(Models))]
    public void Logits_of_whole_texts_and_token_by_token_are_those_of_the_equations(string name)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("hf"));
        folder.Write("hf/config.json", FamilyConfigs.All[name].ToJsonString());
        double[] theirs = FamilyOracle.Make(folder.File("hf"), Ids);
        HuggingFaceFolder.Import(folder.File("hf"), folder.File("model"));
        foreach (ComputePath path in Enum.GetValues<ComputePath>())
        {
            using DisposeScope scope = NewDisposeScope();
            using TransformerLM model =
                TransformerWeights.LoadModel(folder.File("model/config.json"), folder.File("model/model.safetensors"), path);
            using (no_grad())
            {
                float[] whole = [.. model.forward(tensor(Ids.Select(id => (long)id).ToArray(), [1, Ids.Length])).data<float>()];
                for (int i = 0; i < whole.Length; i++) Assert.Equal(theirs[i], whole[i], 1e-4);
            }
            using IKvCache cache = model.CreateCache();
            float[] logits = new float[model.VocabSize];
            for (int t = 0; t < Ids.Length; t++)
            {
                model.Forward([new DecodingInput(cache, Ids.AsMemory(t, 1))], logits);
                for (int i = 0; i < logits.Length; i++) Assert.Equal(theirs[(t * logits.Length) + i], logits[i], 1e-4);
            }
        }
    }
}
