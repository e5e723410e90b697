namespace WorldTokenizers.Tests.Npm;

/// <summary>A <c>tokenizer.json</c> of a well-known model, as one version of a package of the npm registry carries it.</summary>
/// <param name="Name">What the tests call it.</param>
/// <param name="Package">The package, with its scope.</param>
/// <param name="Version">The package's version.</param>
/// <param name="Sha256">The hash of the <c>tokenizer.json</c>.</param>
/// <param name="IsTwin">Whether another file has the same vocabulary and pattern, and differs in how it is written.</param>
internal sealed record WorldFile(string Name, string Package, string Version, string Sha256, bool IsTwin)
{
    /// <summary>What the package is called when it is asked for.</summary>
    public string Specification => $"{Package}@{Version}";

    /// <summary>What <c>npm pack</c> calls its archive.</summary>
    public string ArchiveName => $"{Package.TrimStart('@').Replace('/', '-')}-{Version}.tgz";
}
