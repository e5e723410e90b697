using Cs336.Json;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>Reads whole files that are never large, so that a wrong one does not fill the memory.</summary>
internal static class SmallFile
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>A JSON file's bytes, without a byte order mark. Its strings are text; all else is left to the parser.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is larger than it may be, or a string in it is no text.</exception>
    public static byte[] ReadJson(string path, int maxBytes, string what)
    {
        byte[] json = Read(path, maxBytes, what);
        return JsonText.FindBroken(json) is string place
            ? throw new InvalidDataException($"{path} holds half a surrogate pair or bad UTF-8 in a string at {place}.")
            : json;
    }

    /// <summary>A file's bytes, without a byte order mark.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is larger than it may be.</exception>
    public static byte[] Read(string path, int maxBytes, string what)
    {
        using FileStream file = FileOperations.OpenRead(path);
        if (file.Length > maxBytes)
            throw new InvalidDataException(
                $"{path} has {file.Length} bytes, but {what} has at most {maxBytes}: is it another kind of file?");
        byte[] bytes = new byte[file.Length];
        int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        int start = bytes.AsSpan(0, count).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        return bytes[start..count];
    }
}
