using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cs336.Testing;

/// <summary>Compiles the C# examples of a Markdown page, so that a reader can copy them.</summary>
internal static partial class ReadmeCompiler
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;";

    /// <summary>Every example with its errors; an example without errors has none.</summary>
    /// <param name="name">The page, which the test project copies beside its assembly.</param>
    /// <param name="prelude">Code before each example, for what the page leaves out.</param>
    public static IReadOnlyList<(string Example, string[] Errors)> Compile(string name, string prelude = "")
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, name));
        IEnumerable<string> trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        MetadataReference[] references = [.. trusted.Select(path => MetadataReference.CreateFromFile(path))];
        return [.. Examples().Matches(page).Select(match => (match.Groups["code"].Value, Errors(match.Groups["code"].Value, prelude, references)))];
    }

    private static string[] Errors(string code, string prelude, MetadataReference[] references)
    {
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Example",
            [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(prelude.Length == 0 ? code : AfterUsings(code, prelude))],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString())];
    }

    private static string AfterUsings(string code, string prelude)
    {
        string[] lines = code.Split('\n');
        return string.Join('\n', [.. lines.Where(IsUsing), prelude, .. lines.Where(line => !IsUsing(line))]);

        static bool IsUsing(string line) => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=');
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
