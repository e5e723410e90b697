namespace Gguf.Tests;

/// <summary>A test that runs llama.cpp, and says why when it is skipped because its native library does not load.</summary>
internal sealed class LlamaFactAttribute : FactAttribute
{
    public LlamaFactAttribute() => Skip = LlamaLibrary.Problem;
}
