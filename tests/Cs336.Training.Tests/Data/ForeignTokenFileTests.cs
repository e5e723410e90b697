using System.Text;

namespace Cs336.Training.Tests;

/// <summary>Token files of other programs as a run's data.</summary>
public sealed class ForeignTokenFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_a_run_learns_from_is_told_where_other_programs_wrote_it()
    {
        string plain = TokenFiles.Write(_folder, "plain.npy", [1, 2, 3, 4], 40);
        string raw = WriteRaw("train.bin", [1, 2, 3, 4, 5, 6, 7, 8]);
        string wide = WriteWide("valid.npy", [5, 6, 7]);
        DataConfig config = new() { Training = [plain, raw], Validation = wide };

        using (TrainingData data = config.Open())
            Assert.Equal(
                [$"{raw} has no header: it is read as 8 ids of uint16, little-endian, as nanoGPT writes them.",
                $"{wide} holds int64: it is read as 3 ids."], data.Notes);
        using (TrainingData split = (config with { Validation = null, ValidationFraction = 0.5 }).Open()) Assert.Single(split.Notes);
        using TrainingData whole = new DataConfig { Training = [plain] }.Open();
        Assert.Empty(whole.Notes);
    }

    [Fact]
    public void The_same_ids_give_the_same_batches_and_fingerprint_in_any_file()
    {
        int[] ids = TokenFiles.Walk(300, 40);
        string[] paths = [TokenFiles.Write(_folder, "plain.npy", ids, 40), WriteRaw("train.bin", ids), WriteWide("wide.npy", ids)];
        List<(long[] Inputs, string Fingerprint)> seen = [];
        foreach (string path in paths)
        {
            using TokenDataset data = TokenDataset.Open(path);
            using BatchReader reader = new(data, new RandomWindowSampler(data, 16, seed: 1), 4, 16, vocabSize: 40);
            using TorchSharp.torch.Tensor inputs = reader.Next().Inputs;
            seen.Add((inputs.data<long>().ToArray(), Fingerprint.Of(data)));
        }
        Assert.All(seen, item =>
        {
            Assert.Equal(seen[0].Inputs, item.Inputs);
            Assert.Equal(seen[0].Fingerprint, item.Fingerprint);
        });
    }

    [Fact]
    public void A_number_that_is_no_id_is_a_problem_of_the_run_with_its_place()
    {
        string path = WriteWide("wide.npy", [1, 2, -100, 3]);
        RunConfig config = new() { Directory = _folder.File("run"), Data = new DataConfig { Training = [path] } };
        config.Model = config.Model with { VocabSize = 40 };
        RunParts parts = new(config);

        Assert.Contains($"data: {path} holds -100 at place 2, but ids are 0 to {int.MaxValue}.", parts.FindProblems());
    }

    private string WriteRaw(string name, int[] ids)
    {
        File.WriteAllBytes(_folder.File(name), [.. ids.SelectMany(id => BitConverter.GetBytes((ushort)id))]);
        return _folder.File(name);
    }

    private string WriteWide(string name, int[] ids)
    {
        byte[] header = Encoding.ASCII.GetBytes($"{{'descr': '<i8', 'fortran_order': False, 'shape': ({ids.Length},), }}");
        File.WriteAllBytes(
            _folder.File(name),
            [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. ids.SelectMany(id => BitConverter.GetBytes((long)id))]);
        return _folder.File(name);
    }
}
