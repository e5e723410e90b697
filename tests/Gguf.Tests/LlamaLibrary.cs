using LLama.Native;

namespace Gguf.Tests;

/// <summary>Whether llama.cpp loads.</summary>
internal static class LlamaLibrary
{
    private static readonly Lazy<string?> Loading = new(Load);

    /// <summary>Why not; null where it does.</summary>
    public static string? Problem => Loading.Value;

    private static string? Load()
    {
        try
        {
            NativeLibraryConfig.All.WithLogCallback((_, _) => { });
            NativeApi.llama_empty_call();
            return null;
        }
        catch (Exception exception)
        {
            return $"llama.cpp's native library does not load here: {(exception.InnerException ?? exception).Message}";
        }
    }
}
