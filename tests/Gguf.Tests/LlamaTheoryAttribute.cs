namespace Gguf.Tests;

/// <summary>The same for tests with data.</summary>
internal sealed class LlamaTheoryAttribute : TheoryAttribute
{
    public LlamaTheoryAttribute() => Skip = LlamaLibrary.Problem;
}
