namespace Cs336.Inference.Tests;

public sealed class CourseWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("base", "{0}")]
    [InlineData("base", "_orig_mod.{0}")]
    [InlineData("no norm", "{0}")]
    [InlineData("SiLU", "_orig_mod.{0}")]
    [InlineData("grouped keys", "{0}")]
    [InlineData("tied embeddings", "_orig_mod.{0}")]
    public void Weights_of_the_course_become_a_model_whose_shape_they_tell(string name, string spelling)
    {
        TransformerConfig config = RandomModel.Configs[name];
        RandomModel.WriteWeights(_folder.File("plain"), TransformerTensors.Of(config));
        RandomModel.WriteWeights(_folder.File("theirs"), TransformerTensors.Of(config)
            .Select(tensor => (string.Format(null, spelling, tensor.Name), tensor.Shape)));

        TransformerConfig found = CourseWeights.FindShape(_folder.File("theirs"), config.NumHeads, config.ContextLength);
        Assert.Equal(config, found with { RopeTheta = config.RopeTheta });
        CourseWeights.Import(config, _folder.File("theirs"), _folder.File("model"));
        Assert.Equal(File.ReadAllBytes(_folder.File("plain")), File.ReadAllBytes(_folder.File("model/model.safetensors")));
        using CpuLanguageModel model = CpuLanguageModel.Load(_folder.File("model"));
        Assert.Equal(config, model.Config);
    }

    [Fact]
    public void A_compiled_part_of_a_model_is_known_too_and_a_name_that_is_there_twice_is_refused()
    {
        (string Name, long[] Shape)[] tensors = [.. TransformerTensors.Of(RandomModel.Configs["base"])];
        RandomModel.WriteWeights(_folder.File("theirs"),
            tensors.Select(tensor => (tensor.Name.Replace("layers.1.", "layers.1._orig_mod."), tensor.Shape)));
        CourseWeights.Import(RandomModel.Configs["base"], _folder.File("theirs"), _folder.File("model"));
        RandomModel.WriteWeights(_folder.File("twice"), [.. tensors, ("_orig_mod.lm_head.weight", [50, 24])]);
        Assert.Contains("is there with and without _orig_mod.", Assert.Throws<InvalidDataException>(() =>
            CourseWeights.Import(RandomModel.Configs["base"], _folder.File("twice"), _folder.File("other"))).Message);
        Assert.False(Directory.Exists(_folder.File("other")));
    }

    [Fact]
    public void What_holds_no_such_model_is_refused()
    {
        RandomModel.WriteWeights(_folder.File("other"), [("model.embed_tokens.weight", [4, 4])]);
        Refused("has no tensor token_embeddings.weight", "other", 2);
        RandomModel.WriteWeights(_folder.File("flat"), [("token_embeddings.weight", [4])]);
        Refused("expected two dimensions", "flat", 2);
        RandomModel.WriteWeights(_folder.File("base"), TransformerTensors.Of(RandomModel.Configs["base"]));
        Refused("d_model is 24, which num_heads 5 does not divide", "base", 5);
        File.WriteAllBytes(_folder.File("pickle.pt"), [.. "PK\u0003\u0004"u8, .. new byte[100]]);
        Refused("a pickle", "pickle.pt", 2);
        Assert.Contains("lm_head.weight is unknown", Assert.Throws<InvalidDataException>(() => CourseWeights.Import(
            RandomModel.Configs["tied embeddings"], _folder.File("base"), _folder.File("model"))).Message);

        void Refused(string message, string file, int heads) => Assert.Contains(message, Assert.Throws<InvalidDataException>(() =>
            CourseWeights.FindShape(_folder.File(file), heads, contextLength: 16)).Message);
    }
}
