using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cs336.Hosting.Tests;

public sealed partial class ReadmeTests
{
    private const string ImplicitUsings = "global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks;";

    public static TheoryData<string> Readmes
    {
        get
        {
            TheoryData<string> readmes = ["README.md"];
            foreach (string package in (string[])["Tokenizers", "Inference", "Transformer", "Training", "Hosting"]) readmes.Add($"src/Cs336.{package}/README.md");
            return readmes;
        }
    }

    [Theory]
    [MemberData(nameof(Readmes))]
    public void The_examples_compile(string readme)
    {
        string text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, readme));
        string[] examples = [.. CodeBlock().Matches(text).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(examples);
        foreach (string example in examples)
        {
            string[] trusted = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
            CSharpCompilation compilation = CSharpCompilation.Create("Example",
                [CSharpSyntaxTree.ParseText(ImplicitUsings), CSharpSyntaxTree.ParseText(example)],
                trusted.Select(path => MetadataReference.CreateFromFile(path)),
                new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
            Diagnostic[] problems = [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)];
            Assert.True(problems.Length == 0, $"{readme}: {string.Join(Environment.NewLine, problems.Select(problem => problem.ToString()))}\n{example}");
        }
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
