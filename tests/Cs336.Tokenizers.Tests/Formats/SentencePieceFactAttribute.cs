namespace Cs336.Tokenizers.Tests;

/// <summary>A test that needs a Python with SentencePiece, and says so when it is skipped for want of one.</summary>
internal sealed class SentencePieceFactAttribute : FactAttribute
{
    private static readonly PythonModule Module = new("sentencepiece");

    public SentencePieceFactAttribute()
    {
        if (!Module.IsThere) Skip = "needs python3 with sentencepiece (Debian: python3-sentencepiece), which this machine does not have";
    }

    /// <inheritdoc cref="PythonModule.Run"/>
    public static string Run(string script, params string[] arguments) => Module.Run(script, arguments);
}
