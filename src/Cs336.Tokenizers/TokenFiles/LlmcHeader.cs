using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// The header of llm.c's token files: 256 numbers of four bytes, of which the first says what follows, the second is the version and the
/// third the number of ids.
/// </summary>
internal static class LlmcHeader
{
    private const int Size = 256 * sizeof(int);

    /// <summary>
    /// What the first number is. A file without a header cannot begin so: read as two ids of two bytes, one of them would be greater than
    /// all ids of GPT-2's vocabulary.
    /// </summary>
    private const int Gpt2 = 20240520, Llama3 = 20240801, Evaluation = 20240522;

    /// <summary>Null where the file does not begin as those of llm.c do.</summary>
    /// <exception cref="InvalidDataException">It does, but the rest is not as it must be.</exception>
    public static TokenFileLayout? TryRead(SafeFileHandle file, string path)
    {
        Span<byte> header = stackalloc byte[3 * sizeof(int)];
        if (FileOperations.ReadAt(file, header, 0) < header.Length) return null;
        int magic = BinaryPrimitives.ReadInt32LittleEndian(header);
        int version = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        long length = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (magic == Evaluation)
            throw new InvalidDataException(
                $"{path} begins with {magic}, as llm.c's files of multiple-choice questions do, but a text to learn from is needed: " +
                $"those begin with {Gpt2} or {Llama3}.");
        if (magic is not (Gpt2 or Llama3)) return null;
        (int bytesPerId, int expected) = magic == Gpt2 ? (sizeof(ushort), 1) : (sizeof(uint), 7);
        if (version != expected)
            throw new InvalidDataException(
                $"{path} begins with {magic}, as llm.c's token files do, and says that its version is {version}, but that is {expected}.");
        long bytes = RandomAccess.GetLength(file) - Size;
        if (length < 0 || bytes != length * bytesPerId)
            throw new InvalidDataException(
                $"{path} has {bytes} bytes after the {Size} of its header, " +
                $"but the header says {length} ids of {bytesPerId} bytes: write it anew.");
        TokenNumbers numbers = new(bytesPerId);
        return new TokenFileLayout(numbers, length, Size, FormattableString.Invariant(
            $"{path} has the header of llm.c, {magic}, version {version}: it is read as {length:N0} ids of {numbers.Name}."));
    }
}
