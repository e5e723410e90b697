using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Files of ids and nothing else, as nanoGPT writes them: <c>numpy.array(ids, dtype=numpy.uint16).tofile("train.bin")</c>.
/// </summary>
internal static class RawTokens
{
    /// <summary>How many numbers are looked at; fewer than <see cref="MinLooked"/> may look so by chance, and tell nothing.</summary>
    private const int Looked = 4096, MinLooked = 512;

    /// <summary>
    /// The upper half of an id of four bytes is below this: no vocabulary in use has more than 2,097,152 ids (32 times 65,536).
    /// </summary>
    private const int MaxUpperHalf = 32;

    /// <exception cref="InvalidDataException">The file cannot be ids of two bytes.</exception>
    public static TokenFileLayout Read(SafeFileHandle file, string path)
    {
        long bytes = RandomAccess.GetLength(file);
        if (bytes % sizeof(ushort) != 0)
            throw new InvalidDataException(
                $"{path} has {bytes} bytes, an odd number, but a .bin file without a header is ids of two bytes: " +
                "is it cut short, or of another kind?");
        if (IsWider(file))
            throw new InvalidDataException(
                $"{path} looks like ids of four or eight bytes: every other number of two bytes is below {MaxUpperHalf}. " +
                "A .bin file without a header is ids of two bytes; convert others: " +
                "numpy.save('ids.npy', numpy.fromfile(path, '<u4')), or '<i8' for eight bytes.");
        long length = bytes / sizeof(ushort);
        return new TokenFileLayout(new TokenNumbers(sizeof(ushort)), length, 0, FormattableString.Invariant(
            $"{path} has no header: it is read as {length:N0} ids of uint16, little-endian, as nanoGPT writes them."));
    }

    /// <summary>Whether what would be every second id is small throughout, while those between are not.</summary>
    private static bool IsWider(SafeFileHandle file)
    {
        ushort[] numbers = new ushort[Looked];
        int read = FileOperations.ReadAt(file, MemoryMarshal.AsBytes(numbers.AsSpan()), 0) / sizeof(ushort);
        if (read < MinLooked) return false;
        int lower = 0, upper = 0;
        for (int i = 0; i < read; i++)
        {
            if (i % 2 == 0) lower = Math.Max(lower, numbers[i]);
            else upper = Math.Max(upper, numbers[i]);
        }
        return upper < MaxUpperHalf && lower >= MaxUpperHalf;
    }
}
