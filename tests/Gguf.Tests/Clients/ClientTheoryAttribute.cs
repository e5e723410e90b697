namespace Gguf.Tests.Clients;

/// <summary>A test that needs Node.js and packages of the npm registry, and is skipped where they cannot be had.</summary>
internal sealed class ClientTheoryAttribute : TheoryAttribute
{
    public ClientTheoryAttribute() => Skip = ClientStore.WhyMissing;
}
