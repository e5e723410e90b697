using System.Reflection;

namespace Cs336.Hosting.Tests.Seams;

/// <summary>The types that docs/seams.md defines.</summary>
internal static class SeamsPage
{
    private const string Page = "docs/seams.md";
    private static readonly Lazy<Assembly> Examples = new(() => PageCompiler.Load(Page, PageTests.ContextOf(Page)));

    public static Type TypeOf(string name) => Examples.Value.GetType(name, throwOnError: true)!;

    public static T New<T>(string name, params object?[] arguments) => (T)Activator.CreateInstance(TypeOf(name), arguments)!;
}
