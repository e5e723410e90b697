using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

public sealed class NamelessParametersTests
{
    [Fact]
    public void Parameters_without_names_are_numbered_and_can_be_clipped_and_trained()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter a = new(ones(3)), b = new(ones(2)), frozen = new(ones(2), requires_grad: false);
        (a * tensor(new float[] { 3, 0, 0 })).sum().backward();
        (b * tensor(new float[] { 0, 4 })).sum().backward();
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of([a, b, frozen]);
        Assert.Equal(["0", "1", "2"], parameters.Select(item => item.Name));
        Assert.Equal(5, Gradients.ClipByGlobalNorm(parameters, 1), 1e-6);
        Assert.Equal(0.6f, a.grad!.norm().item<float>(), 1e-5);
        Assert.Equal(0.8f, b.grad!.norm().item<float>(), 1e-5);
        using AdamW optimizer = new(parameters, new AdamWOptions { WeightDecay = 0 });
        optimizer.Step(0.25);
        Assert.Equal([0.75f, 1, 1], a.data<float>().ToArray());
        Assert.Equal([1f, 1], frozen.data<float>().ToArray());
    }
}
