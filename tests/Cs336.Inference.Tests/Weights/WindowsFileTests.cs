using Cs336.Testing;

namespace Cs336.Inference.Tests;

/// <summary>What becomes of weights where a file that is open or mapped cannot be replaced, as on Windows.</summary>
public sealed class WindowsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = RandomModel.Write(RandomModel.Configs["base"]);
    private readonly WindowsFileSystem _windows;

    public WindowsFileTests() => _windows = new WindowsFileSystem(_folder.Path);

    public void Dispose()
    {
        _windows.Dispose();
        _folder.Dispose();
    }

    [LinuxFact]
    public void Weights_that_are_mapped_stay_and_are_named()
    {
        string path = _folder.File("model.safetensors");
        byte[] before = File.ReadAllBytes(path);
        using (MappedSafetensors mapped = new(path))
            AssertHeld(path, () => WriteEmpty(path));
        Assert.Equal(before, File.ReadAllBytes(path));
        WriteEmpty(path);
        Assert.NotEqual(before, File.ReadAllBytes(path));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [LinuxFact]
    public void Weights_that_are_open_here_are_replaced()
    {
        string path = _folder.File("model.safetensors");
        using (SafetensorsFile file = new(path)) WriteEmpty(path);
        using SafetensorsFile empty = new(path);
        Assert.Empty(empty.Tensors);
    }

    [LinuxFact]
    public void A_model_is_saved_whole_or_not_at_all()
    {
        using CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { Precision = CpuPrecision.Int8 });
        using CpuLanguageModel other = CpuLanguageModel.Load(_folder.Path);
        string saved = _folder.File("saved");
        model.Save(saved);
        foreach (string name in (string[])["config.json", "model.safetensors"])
        {
            string path = Path.Combine(saved, name);
            byte[] before = File.ReadAllBytes(Path.Combine(saved, "model.safetensors"));
            using (File.OpenRead(path))
                AssertHeld(path, () => other.Save(saved));
            Assert.Equal(before, File.ReadAllBytes(Path.Combine(saved, "model.safetensors")));
            Assert.Equal(2, Directory.GetFiles(saved).Length);
        }
        other.Save(saved);
        Assert.Equal(new FileInfo(_folder.File("model.safetensors")).Length, new FileInfo(Path.Combine(saved, "model.safetensors")).Length);
    }

    private static void AssertHeld(string path, Action write) =>
        Assert.StartsWith($"{path} cannot be replaced: another program has it open", Assert.Throws<IOException>(write).Message);

    private static void WriteEmpty(string path) => SafetensorsWriter.WriteFile(path, [], (_, _) => { });
}
