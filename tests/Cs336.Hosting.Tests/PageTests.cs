namespace Cs336.Hosting.Tests;

/// <summary>Here because this project references all that the pages write about.</summary>
public sealed class PageTests
{
    /// <summary>Whose examples need a package that this project does not have: that package's own tests compile them.</summary>
    private static readonly string[] Elsewhere = [Path.Combine("src", "Cs336.Tokenizers.MicrosoftML", "README.md")];

    private const string Libraries = "using Cs336.Hosting; using Cs336.Inference; using Cs336.Tokenizers; using Cs336.Training; using Cs336.Transformer;";

    /// <summary>What a page takes as given, said in its text or plain from it.</summary>
    private static readonly Dictionary<string, string> Contexts = new()
    {
        [Path.Combine("docs", "generation.md")] = "ITokenizer tokenizer = null!; ILanguageModel model = null!; GenerationOptions options = new();",
        [Path.Combine("docs", "hosting.md")] = """
            using Microsoft.Extensions.Configuration; using Microsoft.Extensions.DependencyInjection;
            ServiceCollection services = new(); IConfiguration configuration = new ConfigurationManager();
            """,
        [Path.Combine("docs", "serving.md")] = """
            using Microsoft.AspNetCore.Builder; using Microsoft.AspNetCore.Http; using Microsoft.Extensions.AI;
            WebApplicationBuilder builder = WebApplication.CreateBuilder(); WebApplication app = builder.Build();
            GenerationService service = null!; IChatClient chatClient = null!;
            """,
        [Path.Combine("docs", "tokenizers.md")] = "ITokenizer stories = BpeTokenizer.Load(\"stories\"), web = BpeTokenizer.Load(\"web\");",
    };

    public static TheoryData<string> Pages =>
    [
        .. new[] { "docs", "src", "samples", "benchmarks" }
            .SelectMany(folder => Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, folder)).Append(Path.Combine(RepositoryRoot.Path, folder))).Append(RepositoryRoot.Path)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md"))
            .Where(file => File.ReadAllText(file).Contains("```csharp", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(RepositoryRoot.Path, file)).Except(Elsewhere).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_examples_compile(string page)
    {
        // A package's page and the first page name what they use; a page of docs/ leaves that to its reader's editor.
        string context = page.StartsWith("docs", StringComparison.Ordinal) ? Libraries + Contexts.GetValueOrDefault(page) : "";
        PageCompiler.AssertCompiles(page, context);
    }
}
