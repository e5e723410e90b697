using System.Buffers.Text;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>What lies at a path that is to be a tokenizer: which file decides, and of which kind it is.</summary>
/// <param name="File">The file; for GPT-2's pair the folder; the path itself where there is nothing that is known.</param>
/// <param name="Format">Its kind, by its content.</param>
internal readonly record struct TokenizerPath(string File, TokenizerFormat Format)
{
    private const int BytesLookedAt = 4096;
    private const string WordListName = "vocab.txt";

    /// <summary>
    /// Looks at a folder or a file; nothing of it is read but the first bytes, unless it is JSON whose kind they do not tell.
    /// </summary>
    public static TokenizerPath Find(string path)
    {
        if (System.IO.File.Exists(path)) return OfFile(path);
        if (Inside(HuggingFaceTokenizerJson.FileName) is string json) return OfJson(json);
        if (Gpt2Vocabulary.Exists(path)) return new TokenizerPath(path, TokenizerFormat.Gpt2);
        if (Inside(TekkenJson.FileName) is string tekken) return OfJson(tekken);
        if ((Inside(SentencePieceModel.FileName) ?? Inside(WordListName)) is string file) return OfFile(file);
        return new TokenizerPath(path, TokenizerFormat.Unknown);

        string? Inside(string name) => System.IO.File.Exists(Path.Combine(path, name)) ? Path.Combine(path, name) : null;
    }

    private static TokenizerPath OfFile(string path)
    {
        if (Path.GetFileName(path) is Gpt2Vocabulary.VocabularyName or Gpt2Vocabulary.MergesName
            && Path.GetDirectoryName(Path.GetFullPath(path)) is string folder && Gpt2Vocabulary.Exists(folder))
            return new TokenizerPath(folder, TokenizerFormat.Gpt2);
        return new TokenizerPath(path, FormatOf(ReadStart(path), path));
    }

    /// <summary>A file that is JSON by its name. Whatever is wrong with it, the code that reads it will tell.</summary>
    private static TokenizerPath OfJson(string path) =>
        new(path, FindJson(ReadStart(path), path) ?? TokenizerFormat.HuggingFace);

    private static byte[] ReadStart(string path)
    {
        byte[] start = new byte[BytesLookedAt];
        using FileStream file = FileOperations.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        // Only text has a byte order mark; a character that is cut at the end does no harm here.
        if (start is not ([0xEF, 0xBB, 0xBF, ..] or [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] or [0, 0, 0xFE, 0xFF, ..])) return start;
        using StreamReader text = new(new MemoryStream(start), Encoding.UTF8, detectEncodingFromByteOrderMarks: true);
        return Encoding.UTF8.GetBytes(text.ReadToEnd());
    }

    /// <summary>The kind of a file that begins as JSON; null where it does not.</summary>
    private static TokenizerFormat? FindJson(ReadOnlySpan<byte> start, string path)
    {
        ReadOnlySpan<byte> json = start[TiktokenJson.FindObject(start)];
        if (!json.TrimStart(" \t\r\n"u8).StartsWith("{"u8)) return null;
        if (json.Length < start.Length) return TokenizerFormat.TiktokenJson;
        return TokenizerJsonKind.Find(json, isWhole: false) ?? FindInWhole(path) ?? TokenizerFormat.HuggingFace;
    }

    private static TokenizerFormat? FindInWhole(string path)
    {
        try
        {
            return TokenizerJsonKind.Find(VocabularyFile.ReadText(path), isWhole: true);
        }
        catch (InvalidDataException)
        {
            return null; // the code that reads the file will tell what is wrong
        }
    }

    private static TokenizerFormat FormatOf(ReadOnlySpan<byte> start, string path)
    {
        if (FindJson(start, path) is TokenizerFormat json) return json;
        int end = start.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? start : start[..end]).TrimEnd((byte)'\r');
        int space = line.IndexOf((byte)' ');
        if (space > 0 && Base64.IsValid(line[..space]) && Utf8Parser.TryParse(line[(space + 1)..], out int _, out int length)
            && length == line.Length - space - 1)
            return TokenizerFormat.Tiktoken;
        // A SentencePiece model begins with its first piece, and that with its text: each is field 1 of its message, whose tag is 0x0A.
        if (Path.GetExtension(path) is ".model" || start is [0x0A, _, 0x0A, ..]) return TokenizerFormat.SentencePiece;
        if (path.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase)) return TokenizerFormat.Tiktoken;
        return Path.GetFileName(path) == WordListName || Encoding.UTF8.GetString(start).Contains("\n[UNK]", StringComparison.Ordinal)
            ? TokenizerFormat.WordList
            : TokenizerFormat.Unknown;
    }
}
