namespace Cs336.Tokenizers;

/// <summary>
/// Reads files of a corpus that are not text alone, such as JSON lines, as text: for training, counting and encoding. For one corpus and
/// one thread at a time.
/// </summary>
public interface ICorpusReader
{
    /// <summary>The special token that stands after each document.</summary>
    string EndToken { get; }

    /// <summary>
    /// Everything that decides what is read of a file, as a line that is the same for the same: what was read otherwise is not mixed.
    /// </summary>
    string Description { get; }

    /// <summary>Whether what is read of a file depends on the files before it, so that a corpus cannot be divided.</summary>
    bool DependsOnOrder => false;

    /// <summary>A corpus begins, from its first file: whatever was read before is another one's.</summary>
    void Begin()
    {
    }

    /// <summary>The documents of a file as one text in UTF-8 without a byte order mark, each with the end token after it.</summary>
    Stream Open(string path);

    /// <summary>Takes note of a file whose text is not asked for now, as it was read in an earlier run.</summary>
    void Pass(string path, CancellationToken cancellationToken)
    {
    }
}
