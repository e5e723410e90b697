using BenchmarkDotNet.Attributes;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Reading a training batch from a memory-mapped token file.</summary>
[MemoryDiagnoser]
public class TokenFileBenchmarks
{
    private readonly int[] _window = new int[1024];
    private string _folder = "";
    private TokenFile? _file;
    private readonly Random _random = new(1);

    [GlobalSetup]
    public void Write()
    {
        _folder = Directory.CreateTempSubdirectory("cs336-benchmarks-").FullName;
        string path = Path.Combine(_folder, "ids.npy");
        using (TokenFileWriter writer = new(path, 50_257))
        {
            for (int i = 0; i < 1000; i++) writer.Write(_window);
            writer.Complete();
        }
        _file = TokenFile.Open(path);
    }

    [GlobalCleanup]
    public void Delete()
    {
        _file!.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark]
    public int ReadWindow()
    {
        _file!.Read(_random.Next((int)_file.Length - _window.Length), _window);
        return _window[0];
    }
}
