using System.Runtime.InteropServices;

namespace Cs336.Transformer;

/// <summary>That libtorch or .NET had no memory. libtorch tells it in words only, with pages of its own frames after them.</summary>
public static class MemoryFailure
{
    private static readonly string[] Words =
    [
        "can't allocate memory", "not enough memory", "out of memory", "Storage size calculation overflowed",
        "integer multiplication overflow", "bad_alloc",
    ];

    /// <summary>Whether an exception is that.</summary>
    /// <param name="exception">What an operation of TorchSharp, or any other, has thrown.</param>
    public static bool IsOne(Exception exception) => exception is OutOfMemoryException
        || (exception is ExternalException
            && Array.Exists(Words, words => exception.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The failure as a sentence that says what to do; one that says so already stays as it is.</summary>
    /// <param name="what">What there was no memory for, such as <c>a batch</c>.</param>
    /// <param name="remedy">What to do, such as <c>lower batch_size</c>.</param>
    /// <param name="exception">What was thrown.</param>
    public static InsufficientMemoryException Of(string what, string remedy, Exception exception) =>
        exception as InsufficientMemoryException
        ?? new InsufficientMemoryException($"There is not enough memory for {what}: {remedy}. ({FirstLine(exception)})", exception);

    private static string FirstLine(Exception exception)
    {
        string line = exception.Message.Split('\n', 2)[0].TrimEnd('.', '\r');
        int words = line.IndexOf("DefaultCPUAllocator: ", StringComparison.Ordinal); // before it stands the place in libtorch's source
        return words < 0 ? line : line[words..];
    }
}
