using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>Where the ids of a file lie, and how they are written.</summary>
/// <param name="Numbers">How each is written.</param>
/// <param name="Length">The number of ids.</param>
/// <param name="DataOffset">The bytes before the first id.</param>
/// <param name="Note">What was taken for granted or is converted, as a sentence; null for files as they are written here.</param>
internal sealed record TokenFileLayout(TokenNumbers Numbers, long Length, long DataOffset, string? Note)
{
    private const string RawExtension = ".bin";

    /// <exception cref="InvalidDataException">The file is of none of the kinds that are read, or not as long as it says.</exception>
    public static TokenFileLayout Read(SafeFileHandle file, string path)
    {
        if (NpyHeader.Begins(file)) return NpyHeader.Read(file, path);
        if (LlmcHeader.TryRead(file, path) is TokenFileLayout layout) return layout;
        if (Path.GetExtension(path).Equals(RawExtension, StringComparison.OrdinalIgnoreCase)) return RawTokens.Read(file, path);
        throw new InvalidDataException(
            $"{path} is not a NumPy .npy file: it does not begin with '\\x93NUMPY'. Where it is ids of two bytes and nothing else, " +
            $"as nanoGPT writes them, name it {RawExtension}, or convert it: numpy.save(path, numpy.fromfile(path, '<u2')).");
    }
}
