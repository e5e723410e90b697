using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>Against what PyTorch computed; <c>golden/make_golden.py</c> says how.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string, ComputePath> Models
    {
        get
        {
            TheoryData<string, ComputePath> models = [];
            foreach (string name in GoldenModels.Names)
                foreach (ComputePath path in Enum.GetValues<ComputePath>()) models.Add(name, path);
            return models;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_and_gradients_are_PyTorchs(string name, ComputePath path)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = TransformerWeights.LoadModel(
            Path.Combine(GoldenModels.Folder, name, "config.json"), Path.Combine(GoldenModels.Folder, name, "model.safetensors"), path);
        Dictionary<string, Tensor> expected = ReadTensors(Path.Combine(GoldenModels.Folder, name, "expected.safetensors"));
        Tensor ids = expected["ids"];
        long length = ids.size(1) - 1;

        Tensor logits = model.forward(ids.narrow(1, 0, length));
        AssertClose(expected["logits"], logits, 1e-5, "logits");

        Tensor loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids.narrow(1, 1, length).flatten());
        AssertClose(expected["loss"], loss.reshape(1), 1e-5, "loss");
        loss.backward();
        foreach ((string parameter, Tensor value) in model.named_parameters().Select(item => (item.name, (Tensor)item.parameter)))
            AssertClose(expected["grad." + parameter], value.grad!, 1e-4, parameter);
        Assert.Equal(expected.Keys.Count(key => key.StartsWith("grad.", StringComparison.Ordinal)), model.named_parameters().Count());
    }

    private static Dictionary<string, Tensor> ReadTensors(string path)
    {
        using FileStream file = File.OpenRead(path);
        SafetensorsReader reader = new(file, path);
        Dictionary<string, Tensor> tensors = [];
        while (reader.MoveNext() is SafetensorsEntry entry)
        {
            Tensor tensor = empty([.. entry.Shape], dtype: entry.Type == SafetensorsType.I64 ? int64 : float32);
            reader.Read(tensor.bytes);
            tensors[entry.Name] = tensor;
        }
        return tensors;
    }

    /// <summary>Each element within a share of the tensor's largest.</summary>
    private static void AssertClose(Tensor expected, Tensor actual, double tolerance, string name)
    {
        Assert.Equal(expected.shape, actual.shape);
        double scale = expected.abs().max().item<float>();
        Assert.True(scale > 0, $"{name} is all 0");
        double error = (actual - expected).abs().max().item<float>() / scale;
        Assert.True(error <= tolerance, $"{name} is off by {error:g2} of its largest element");
    }
}
