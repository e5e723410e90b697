using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>A text file that grows by whole lines, each written out at once; a torn last line, which a crash leaves, is dropped.</summary>
internal sealed class LineFile(string path) : IDisposable
{
    private GrowingFile? _file;

    /// <summary>Opens the file and keeps of its lines only some.</summary>
    /// <param name="keep">Which ones; given the line and its number from 1.</param>
    /// <param name="header">What the file begins with where it has no lines; null for nothing.</param>
    public void Begin(Func<string, int, bool> keep, string? header = null)
    {
        _file?.Dispose();
        IEnumerable<string> lines = File.Exists(path) ? Read(path) : [];
        if (_file is not null) lines = lines.Concat(_file.Waiting.Select(line => Encoding.UTF8.GetString(line)[..^1]));
        lines = lines.Where((line, i) => keep(line, i + 1));
        if (header is not null) lines = lines.DefaultIfEmpty(header);
        using (AtomicFile file = new(path))
        {
            foreach (string line in lines) file.Stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            file.Commit();
        }
        _file = new GrowingFile(path, FileMode.Open);
    }

    public void Write(string line)
    {
        if (_file is null) throw new InvalidOperationException("The sink has not begun: call Begin before Write.");
        _file.Append(Encoding.UTF8.GetBytes(line + "\n"));
    }

    /// <summary>The whole lines of a file, one after another, also while it is being written.</summary>
    public static IEnumerable<string> Read(string path)
    {
        using StreamReader reader = new(FileOperations.OpenRead(path));
        StringBuilder line = new(); // what follows the last line end is empty or torn
        char[] text = new char[1 << 13];
        for (int count; (count = reader.Read(text)) > 0;)
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(text, '\n', start, count - start)) >= 0; start = end + 1)
            {
                yield return line.Append(text, start, end - start).ToString();
                line.Clear();
            }
            line.Append(text, start, count - start);
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
