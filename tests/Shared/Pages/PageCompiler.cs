using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cs336.Testing;

/// <summary>
/// Compiles the C# examples of a Markdown page as one program, so that a reader can copy them: what an example defines, those
/// below it may use. For projects that reference Microsoft.CodeAnalysis.CSharp.
/// </summary>
internal static class PageCompiler
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using "
            + "System.Threading; global using System.Threading.Tasks;";

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>Fails with the compiler's errors and warnings, and their lines of the page.</summary>
    /// <param name="page">The file, from the repository's root.</param>
    /// <param name="context">Code before the first example, for what the page takes as given: using directives and statements.</param>
    /// <exception cref="ArgumentException">The page has no example.</exception>
    public static void AssertCompiles(string page, string context = "")
    {
        string[] problems =
            [.. Compile(page, context).GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
            .Select(diagnostic => $"{diagnostic.Location.GetMappedLineSpan()}: {diagnostic.Id} {diagnostic.GetMessage()}")];
        Assert.True(problems.Length == 0, string.Join(Environment.NewLine, problems));
    }

    /// <summary>The types that a page defines, so that a test can use them as a reader would.</summary>
    /// <inheritdoc cref="AssertCompiles"/>
    public static Assembly Load(string page, string context = "")
    {
        AssertCompiles(page, context);
        using MemoryStream image = new();
        Assert.True(Compile(page, context).Emit(image).Success);
        return Assembly.Load(image.ToArray());
    }

    private static CSharpCompilation Compile(string page, string context)
    {
        Example[] examples = [.. MarkdownPage.Read(page).Fences().Where(fence => fence.Language == "csharp")
            .Select(fence => new Example(page, fence.Line, fence.Code))];
        if (examples.Length == 0) throw new ArgumentException($"{page} has no example in C#.");
        CSharpParseOptions latest = new(LanguageVersion.Latest);
        return CSharpCompilation.Create(
            "Examples",
            [CSharpSyntaxTree.ParseText(ImplicitUsings, latest),
                CSharpSyntaxTree.ParseText(Join([new Example("context", 1, context), .. examples]), latest)],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable,
                // Not every example awaits something, but each becomes an asynchronous function.
                specificDiagnosticOptions: [new("CS1998", ReportDiagnostic.Suppress)]));
    }

    /// <summary>
    /// One program: using directives first, types last, and the statements of each example in a function of its own, inside that of the
    /// one before.
    /// </summary>
    private static string Join(Example[] examples)
    {
        StringBuilder program = new();
        foreach (UsingDirectiveSyntax directive in examples.SelectMany(example => example.Root.Usings).DistinctBy(
            directive => directive.ToString()))
            program.AppendLine(directive.ToString());
        for (int i = 0; i < examples.Length; i++)
        {
            // A nested function may use the names outside of it for something else, as one example may those of another.
            program.AppendLine($"await Example{i}();").AppendLine($"async Task Example{i}()").AppendLine("{");
            foreach (MemberDeclarationSyntax statement in examples[i].Root.Members.OfType<GlobalStatementSyntax>())
                examples[i].Append(program, statement);
        }
        program.AppendLine(new string('}', examples.Length));
        foreach (Example example in examples)
            foreach (MemberDeclarationSyntax type in example.Root.Members.Where(member => member is not GlobalStatementSyntax))
                example.Append(program, type);
        return program.ToString();
    }

    /// <summary>One example and where it stands.</summary>
    private sealed record Example(string Page, int Line, string Code)
    {
        public CompilationUnitSyntax Root { get; } = SyntaxFactory.ParseCompilationUnit(
            Code, options: new CSharpParseOptions(LanguageVersion.Latest));

        /// <summary>Appends a part of the example under its line of the page.</summary>
        public void Append(StringBuilder program, MemberDeclarationSyntax part)
        {
            int line = Line + Code.AsSpan(0, part.FullSpan.Start).Count('\n');
            program.AppendLine($"#line {line} \"{Page}\"").Append(part.ToFullString()).AppendLine().AppendLine("#line default");
        }
    }
}
