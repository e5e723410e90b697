using Cs336.Tokenizers;
using ZstdSharp;

namespace Cs336.Data;

/// <summary>What a packed file unpacks to; where it cannot be unpacked, the message names it.</summary>
/// <param name="unpacked">Unpacks; it is disposed of.</param>
/// <param name="path">The packed file, for messages.</param>
/// <param name="packing">What it was packed by.</param>
internal sealed class UnpackedStream(Stream unpacked, string path, DocumentPacking packing) : ReadOnlyStream
{
    /// <summary>What a file holds, which is disposed of.</summary>
    public static Stream Open(FileStream file, string path, DocumentPacking packing) => packing switch
    {
        DocumentPacking.None => file,
        // Nothing at all is no packed text, not even an empty one: it is what is left of a file that was never written.
        _ when file.Length == 0 => throw new InvalidDataException($"{path} is empty, but must hold {packing}."),
        DocumentPacking.Gzip => new UnpackedStream(new GzipText(file), path, packing),
        _ => new UnpackedStream(new DecompressionStream(file, leaveOpen: false), path, packing),
    };

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return unpacked.Read(buffer);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdException)
        {
            throw new InvalidDataException($"{path} cannot be unpacked as {packing}, it is damaged or not whole: {e.Message}", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) unpacked.Dispose();
        base.Dispose(disposing);
    }
}
