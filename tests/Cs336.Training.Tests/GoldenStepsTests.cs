using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>Against what PyTorch's AdamW, clipping and cross-entropy computed; <c>golden/make_golden.py</c> says how.</summary>
public sealed class GoldenStepsTests
{
    private const double Tolerance = 1e-5;
    private const double MaxNorm = 3;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");

    [Theory]
    [InlineData("base", true)]
    [InlineData("base", false)]
    [InlineData("grouped-tied", true)]
    [InlineData("grouped-tied", false)]
    public void Five_clipped_steps_of_AdamW_under_the_cosine_schedule_are_PyTorchs(string name, bool fast)
    {
        using DisposeScope scope = NewDisposeScope();
        using TransformerLM model = TransformerWeights.LoadModel(
            Path.Combine(Folder, name, "config.json"), Path.Combine(Folder, name, "model.safetensors"),
            fast ? ComputePath.Fast : ComputePath.Explicit);
        Dictionary<string, Tensor> expected = ReadTensors(Path.Combine(Folder, name, "expected.safetensors"));
        IReadOnlyList<NamedParameter> parameters = NamedParameter.Of(model);
        using AdamW optimizer = new(parameters, new AdamWOptions { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, WeightDecay = 0.1,
            OnePass = fast });
        WarmupCosineSchedule schedule = new(1e-2, 1e-3, warmupSteps: 2, cosineSteps: 4);
        int clipped = 0;
        for (int step = 0; step < 5; step++)
        {
            using DisposeScope stepScope = NewDisposeScope();
            Assert.Equal(At("learning_rates", step), schedule.GetLearningRate(step), 1e-9);
            Tensor ids = expected["ids"][step]; // (B, T + 1)
            TokenBatch batch = new(ids.narrow(1, 0, ids.size(1) - 1), ids.narrow(1, 1, ids.size(1) - 1));
            optimizer.ZeroGrad();
            Assert.Equal(At("losses", step), fast ? LanguageModelLoss.Backward(model, batch) : PlainBackward(model, batch), Tolerance);
            double norm = Gradients.ClipByGlobalNorm(parameters, MaxNorm);
            Assert.Equal(At("norms", step), norm, Tolerance);
            if (norm > MaxNorm) clipped++;
            optimizer.Step(schedule.GetLearningRate(step));
        }
        Assert.InRange(clipped, 1, 4);
        foreach (NamedParameter item in parameters)
        {
            double error = (item.Parameter - expected["weight." + item.Name]).abs().max().item<float>();
            Assert.True(error <= Tolerance, $"{item.Name} is off by {error:g2}");
        }

        double At(string key, int step) => expected[key][step].item<float>();
    }

    private static double PlainBackward(TransformerLM model, TokenBatch batch)
    {
        Tensor loss = CrossEntropy.Compute(model.forward(batch.Inputs), batch.Targets);
        loss.backward();
        return loss.item<float>();
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
}
