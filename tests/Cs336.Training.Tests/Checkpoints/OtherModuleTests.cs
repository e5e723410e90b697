using Cs336.Transformer;
using TorchSharp;
using TorchSharp.Modules;
using CourseLinear = Cs336.Transformer.Linear;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>Checkpoints of modules that are no TransformerLM, as the course's own test makes one.</summary>
public sealed class OtherModuleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_module_of_one_s_own_goes_on_from_its_checkpoint_bit_for_bit()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using Net model = new(1), other = new(2);
        using AdamW optimizer = new(NamedParameter.Of(model)), fresh = new(NamedParameter.Of(other));
        Learn(model, optimizer, 0, 6);
        Checkpoint.Save(store, 6, model, optimizer);
        Assert.Equal(6, Checkpoint.LoadNewest(store, other, fresh));
        Assert.Equal(Values(model), Values(other));
        Assert.Equal(6, fresh.State["step"].item<long>());
        Learn(model, optimizer, 6, 10);
        Learn(other, fresh, 6, 10);
        Assert.Equal(Values(model), Values(other));
        Assert.Equal(["manifest.json", "model.safetensors", "optimizer.safetensors"],
            Directory.GetFiles(store.FolderOf(6)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Of_several_the_newest_whole_one_is_loaded_and_what_is_passed_over_is_told()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using Net model = new(1), other = new(2);
        Checkpoint.Save(store, 3, model);
        Checkpoint.Save(store, 5, other);
        File.WriteAllText(Path.Combine(store.FolderOf(5), "model.safetensors"), "nothing");
        List<string> warnings = [];
        Assert.Equal(3, Checkpoint.LoadNewest(store, other, warnings: warnings));
        Assert.Contains("The checkpoint of step 5 is not used: model.safetensors is damaged", Assert.Single(warnings));
        Assert.Equal(Values(model), Values(other));
    }

    [Fact]
    public void Where_there_is_none_or_it_does_not_fit_nothing_is_changed()
    {
        InMemoryCheckpointStore store = new();
        using Net model = new(1);
        using TransformerLM transformer = new(TinyRun.Config);
        Assert.Contains(
            "There is no checkpoint yet", Assert.Throws<InvalidDataException>(() => Checkpoint.LoadNewest(store, model)).Message);
        float[] before = Values(model);
        Checkpoint.Save(store, 1, transformer);
        Assert.Contains(
            "The checkpoint of step 1 is of another model",
            Assert.Throws<InvalidDataException>(() => Checkpoint.LoadNewest(store, model)).Message);
        Checkpoint.Save(store, 2, model);
        Assert.Contains(
            "The checkpoint of step 2 is of another model",
            Assert.Throws<InvalidDataException>(() => Checkpoint.LoadNewest(store, transformer)).Message);
        Assert.Equal(
            "The checkpoint of step 2 has no config.json: it is of another module than a TransformerLM. Read it with Checkpoint.Load.",
            Assert.Throws<InvalidDataException>(() => SavedModel.LoadNewest(store)).Message);
        Assert.Equal(before, Values(model));
    }

    private static void Learn(Net model, IOptimizer optimizer, int from, int to)
    {
        using DisposeScope scope = NewDisposeScope();
        for (int step = from; step < to; step++)
        {
            optimizer.ZeroGrad();
            Tensor x = arange(12, dtype: float32).add(step).sin().reshape(3, 4);
            (model.forward(x) - x).pow(2).mean().backward();
            optimizer.Step(0.1);
        }
    }

    private static float[] Values(Net model) =>
        [.. model.state_dict().OrderBy(item => item.Key).SelectMany(item => item.Value.detach().clone().data<float>().ToArray())];

    /// <summary>A module with parameters of its own, one in a layer of this library's, and a buffer.</summary>
    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly CourseLinear _first;
        private readonly Parameter _scale;
        private readonly Tensor _shift;

        public Net(ulong seed) : base(nameof(Net))
        {
            using Generator generator = new(seed, CPU);
            _first = new CourseLinear(4, 4, generator);
            _scale = new Parameter(ones(4));
            _shift = full(4, 0.1 * seed, dtype: float32);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _first.call(input) * _scale + _shift;
    }
}
