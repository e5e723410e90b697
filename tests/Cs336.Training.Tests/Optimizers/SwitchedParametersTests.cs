using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;

namespace Cs336.Training.Tests;

/// <summary>What optimizers do with parameters that only some models have.</summary>
public sealed class SwitchedParametersTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 20, ContextLength = 8, DModel = 16, NumLayers = 4, NumHeads = 2, DFf = 24, ValueEmbeddings = true,
        UNetSkips = true,
    };

    [Fact]
    public void Muon_takes_embeddings_of_values_for_embeddings()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TransformerLM model = new(Config);
        using Muon muon = new(NamedParameter.Of(model));
        Assert.DoesNotContain("layers.3.attn.value_embeddings.weight.momentum_buffer", muon.State.Keys);
        Assert.Contains("layers.3.attn.value_embeddings.weight.exp_avg", muon.State.Keys);
        Assert.Contains("layers.3.attn.value_gate.weight.momentum_buffer", muon.State.Keys);
    }

    [Fact]
    public void Muon_leaves_scales_of_skips_to_AdamW_which_lets_them_decay_never()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TransformerLM model = new(Config);
        using Muon muon = new(NamedParameter.Of(model), new MuonOptions { AdamW = new AdamWOptions { WeightDecay = 0.5 } });
        TorchSharp.Modules.Parameter scale = model.get_parameter("layers.3.skip.weight")!, gain = model.get_parameter("ln_final.weight")!;
        Assert.Contains("layers.3.skip.weight.exp_avg", muon.State.Keys);
        (scale.sum() * 0 + gain.sum() * 0).backward();
        muon.Step(0.1);
        Assert.Equal(1, scale.item<float>());
        Assert.Equal(0.95f, gain[0].item<float>(), 1e-6f);
    }
}
