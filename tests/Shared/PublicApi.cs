using System.Reflection;
using PublicApiGenerator;

namespace Cs336.Testing;

/// <summary>Holds a package's public API to the one on record, so that no change of it goes unnoticed.</summary>
internal static class PublicApi
{
    public static void MatchesTheBaseline(Assembly assembly)
    {
        string api = assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false });
        SnapshotAssert.Match(api.ReplaceLineEndings("\n"), assembly.GetName().Name! + ".PublicApi");
    }
}
