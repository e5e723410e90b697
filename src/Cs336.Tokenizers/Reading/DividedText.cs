using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>
/// Divides a file of text where no pre-token and no special token is cut. A cut within a stretch is found by what stands in that stretch
/// alone: so whoever looks for it finds the same.
/// </summary>
/// <param name="file">The text, in UTF-8.</param>
/// <param name="path">What messages call it.</param>
/// <param name="findCut">Finds a place to cut a stretch out of the midst of a text, or 0.</param>
internal sealed class DividedText(SafeFileHandle file, string path, Func<ReadOnlySpan<byte>, int> findCut)
{
    private const int FirstTry = 1 << 8, MaxContinuationBytes = 3;

    /// <summary>A place to cut the text within a stretch, near its beginning where there is one; 0 where there is none at all.</summary>
    /// <exception cref="InvalidDataException">The stretch has no place to be cut for longer than an array is.</exception>
    public long FindCut(long start, long end)
    {
        for (long size = FirstTry; start < end; size *= 4)
        {
            if (size > Array.MaxLength)
                throw new InvalidDataException(
                    $"{path} has {size / 4:N0} bytes from byte {start} on without a place to cut it: break it up with spaces, " +
                    "newlines or special tokens, or count it whole.");
            byte[] stretch = new byte[Math.Min(size, end - start)];
            int read = FileOperations.ReadAt(file, stretch, start);
            int skipped = 0; // the rest of a character
            while (skipped < Math.Min(read, MaxContinuationBytes) && (stretch[skipped] & 0xC0) == 0x80) skipped++;
            int cut = findCut(stretch.AsSpan(skipped, read - skipped));
            if (cut > 0) return start + skipped + cut;
            if (size >= end - start) break;
        }
        return 0;
    }
}
