using System.Text.RegularExpressions;

namespace Cs336.Hosting.Tests;

/// <summary>Here because this project references all that the pages write about.</summary>
public sealed partial class PageTests
{
    /// <summary>Whose examples need a package that this project does not have: that package's own tests compile them.</summary>
    private static readonly string[] Elsewhere = [Path.Combine("src", "Cs336.Tokenizers.MicrosoftML", "README.md")];

    private const string Libraries =
        "using Cs336.Hosting; using Cs336.Inference; using Cs336.Serving; using Cs336.Tokenizers; using Cs336.Training; using Cs336.Transformer;";

    /// <summary>What a page takes as given, said in its text or plain from it.</summary>
    private static readonly Dictionary<string, string> Contexts = new()
    {
        [Path.Combine("docs", "generation.md")] = "ITokenizer tokenizer = null!; ILanguageModel model = null!; GenerationOptions options = new();",
        [Path.Combine("docs", "hosting.md")] = """
            using Microsoft.Extensions.Configuration; using Microsoft.Extensions.DependencyInjection;
            ServiceCollection services = new(); IConfiguration configuration = new ConfigurationManager();
            """,
        [Path.Combine("docs", "seams.md")] = "using Microsoft.Extensions.DependencyInjection; ServiceCollection services = new();",
        [Path.Combine("docs", "serving.md")] = """
            using Microsoft.AspNetCore.Builder; using Microsoft.AspNetCore.Http; using Microsoft.Extensions.AI;
            using Microsoft.Extensions.DependencyInjection;
            WebApplicationBuilder builder = WebApplication.CreateBuilder(); WebApplication app = builder.Build();
            GenerationService service = null!; IChatClient chatClient = null!;
            """,
        [Path.Combine("docs", "tokenizers.md")] = "ITokenizer stories = BpeTokenizer.Load(\"stories\"), web = BpeTokenizer.Load(\"web\");",
    };

    private static readonly string[] All =
    [
        .. new[] { "docs", "src", "samples", "benchmarks" }
            .SelectMany(folder => Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, folder)).Append(Path.Combine(RepositoryRoot.Path, folder))).Append(RepositoryRoot.Path)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.md"))
            .Select(file => Path.GetRelativePath(RepositoryRoot.Path, file)).Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Pages => [.. All.Where(page => Read(page).Contains("```csharp", StringComparison.Ordinal)).Except(Elsewhere)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_examples_compile(string page) => PageCompiler.AssertCompiles(page, ContextOf(page));

    /// <summary>A package's page and the first page name what they use; a page of docs/ leaves that to its reader's editor.</summary>
    internal static string ContextOf(string page) => page.StartsWith("docs", StringComparison.Ordinal) ? Libraries + Contexts.GetValueOrDefault(page) : "";

    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading()
    {
        foreach (string page in All)
        {
            foreach (Match link in Links().Matches(Read(page)))
            {
                string path = link.Groups["path"].Value, heading = link.Groups["heading"].Value;
                string target = path.Length == 0 ? page : Path.GetRelativePath(RepositoryRoot.Path, Path.Combine(RepositoryRoot.Path, Path.GetDirectoryName(page)!, path));
                Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, target)), $"{page} has a link to {path}, which is not there.");
                if (heading.Length > 0) Assert.True(Headings().Matches(Read(target)).Any(line => AnchorOf(line.Groups["text"].Value) == heading), $"{page} has a link to #{heading}, which {target} does not have.");
            }
        }
    }

    /// <summary>As GitHub makes it: small letters, digits and hyphens for spaces.</summary>
    private static string AnchorOf(string heading) => string.Concat(heading.ToLowerInvariant().Replace(' ', '-').Where(c => char.IsLetterOrDigit(c) || c is '-' or '_'));

    private static string Read(string page) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, page));

    /// <summary>Links within the repository.</summary>
    [GeneratedRegex(@"\]\((?!\w+:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();
}
