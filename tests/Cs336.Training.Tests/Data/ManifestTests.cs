using Cs336.Tokenizers;

namespace Cs336.Training.Tests;

public sealed class ManifestTests : IDisposable
{
    private static readonly BpeTokenizer Tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 280 })
        .TrainTexts(["the cat sat on the mat with the other cat"]));

    private readonly TemporaryFolder _folder = new();
    private readonly string _manifest, _single;

    public ManifestTests()
    {
        string[] texts =
            ["the cat sat on the mat. ", "the other cat sat ", "", string.Concat(Enumerable.Repeat("on the mat with the cat ", 40))];
        string[] paths = [.. texts.Select((text, i) => _folder.Write($"{i}.txt", text))];
        _manifest = new CorpusEncoder(Tokenizer).EncodeFiles(paths, _folder.File("tokens")).ManifestPath;
        _single = _folder.File("single.npy");
        using TokenFileWriter writer = new(_single, Tokenizer.VocabSize);
        foreach (string text in texts) writer.Write(Tokenizer.Encode(text));
        writer.Complete();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_files_of_a_manifest_are_the_text_that_one_file_would_be()
    {
        using TokenDataset several = TokenDataset.Open(_manifest), one = TokenDataset.Open(_single);

        Assert.Equal(_manifest, several.Path);
        Assert.Equal(one.Length, several.Length);
        Assert.Equal(Fingerprint.Of(one), Fingerprint.Of(several));
        Assert.Equal(Read(one.Slice(3, 200)), Read(several.Slice(3, 200)));
    }

    [Fact]
    public void Batches_and_the_validation_split_are_those_of_one_file()
    {
        using TrainingData several = Data(_manifest), one = Data(_single);

        Assert.Equal(Read(one.Validation!), Read(several.Validation!));
        using BatchReader ofSeveral = Batches(several), ofOne = Batches(one);
        for (int i = 0; i < 20; i++)
        {
            TokenBatch batch = ofSeveral.Next(), expected = ofOne.Next();
            Assert.Equal(expected.Inputs.data<long>().ToArray(), batch.Inputs.data<long>().ToArray());
            Assert.Equal(expected.Targets.data<long>().ToArray(), batch.Targets.data<long>().ToArray());
        }
    }

    [Fact]
    public void A_run_with_another_tokenizer_than_the_manifests_is_refused()
    {
        new BpeTrainer(new BpeTrainerOptions { VocabSize = 280 }).TrainTexts(
            ["other words, other pairs, other mats and cats and bats"]).Save(_folder.File("other"));
        Tokenizer.Model.Save(_folder.File("own"));

        Assert.Contains(
            FindProblems("other"), problem =>
            problem.StartsWith($"{_manifest} was encoded with another tokenizer than {_folder.File("other")}", StringComparison.Ordinal));
        Assert.DoesNotContain(FindProblems("own"), problem => problem.Contains("another tokenizer", StringComparison.Ordinal));
    }

    private static int[] Read(TokenDataset tokens)
    {
        int[] ids = new int[tokens.Length];
        tokens.Read(0, ids);
        return ids;
    }

    private static TrainingData Data(string path) => new DataConfig { Training = [path], ValidationFraction = 0.1 }.Open();

    private static BatchReader Batches(TrainingData data) =>
        new(data.Training, new RandomWindowSampler(data.Training, 8, seed: 3), batchSize: 4, length: 8, Tokenizer.VocabSize);

    private IReadOnlyList<string> FindProblems(string tokenizer) => new RunParts(new RunConfig
    {
        Directory = _folder.File("run"),
        Data = new DataConfig { Training = [_manifest], Tokenizer = _folder.File(tokenizer) },
    }).FindProblems();
}
