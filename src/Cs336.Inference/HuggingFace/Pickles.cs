using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>Tells PyTorch's own files, which are programs that unpickling runs and so never read here.</summary>
internal static class Pickles
{
    private static ReadOnlySpan<byte> Legacy => [0x80, 0x02, 0x8A, 0x0A];

    /// <exception cref="InvalidDataException">The file is one; the message tells how weights come out of it.</exception>
    public static void Refuse(string path)
    {
        using FileStream file = FileOperations.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        int count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        // A zip archive, or the pickles of earlier versions. No safetensors file begins so: with the length of its header, which is less.
        if (count == start.Length && (start.SequenceEqual("PK\u0003\u0004"u8) || start.SequenceEqual(Legacy)))
            throw new InvalidDataException(
                $"{path} is a file of torch.save, a pickle, which can run any program and is never read here: "
                + "write its tensors as safetensors in Python (docs/huggingface.md has the line).");
    }
}
