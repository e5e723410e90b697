using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>A text file that grows by whole lines, each written out at once; a torn last line, which a crash leaves, is dropped.</summary>
internal sealed class LineFile(string path) : IDisposable
{
    private StreamWriter? _writer;

    /// <summary>Opens the file and keeps of its lines only some.</summary>
    /// <param name="keep">Which ones; given the line and its number from 1.</param>
    /// <param name="header">What the file begins with where it has no lines; null for nothing.</param>
    public void Begin(Func<string, int, bool> keep, string? header = null)
    {
        _writer?.Dispose();
        string[] lines = File.Exists(path) ? Read(path) : [];
        string[] kept = [.. lines.Where((line, i) => keep(line, i + 1))];
        if (header is not null && kept.Length == 0) kept = [header];
        using (AtomicFile file = new(path))
        {
            foreach (string line in kept) file.Stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            file.Commit();
        }
        _writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete), new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
    }

    public void Write(string line)
    {
        if (_writer is null) throw new InvalidOperationException("The sink has not begun: call Begin before Write.");
        _writer.WriteLine(line);
    }

    /// <summary>The whole lines of a file, also while it is being written.</summary>
    public static string[] Read(string path)
    {
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n')[..^1]; // what follows the last line end is empty or torn
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }
}
