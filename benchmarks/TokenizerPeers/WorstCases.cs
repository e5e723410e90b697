using System.Text;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>10 MB of what makes a careless tokenizer quadratic.</summary>
internal static class WorstCases
{
    public static readonly string[] Names = ["one letter", "spaces", "letters and apostrophes", "random bytes"];

    private const int Length = 10_000_000;

    /// <summary>The bytes of a case.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="isUtf8">
    /// Whether they must be valid UTF-8, which training insists on: random bytes are then random Latin-1 characters.
    /// </param>
    public static byte[] Make(string name, bool isUtf8)
    {
        byte[] bytes = new byte[Length];
        switch (name)
        {
            case "one letter":
                Array.Fill(bytes, (byte)'a');
                break;
            case "spaces":
                Array.Fill(bytes, (byte)' ');
                break;
            case "letters and apostrophes":
                for (int i = 0; i < bytes.Length; i++) bytes[i] = i % 2 == 0 ? (byte)'a' : (byte)'\'';
                break;
            case "random bytes":
                new Random(1).NextBytes(bytes);
                if (isUtf8) bytes = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes));
                break;
            default:
                throw new ArgumentException($"There is no case '{name}': use one of {string.Join(", ", Names)}.");
        }
        return bytes;
    }
}
