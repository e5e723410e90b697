using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Cs336.Hosting.Tests;

/// <summary>Here because this project references all that the pages write about.</summary>
public sealed partial class PageTests
{
    /// <summary>Whose examples need a package that this project does not have: that package's own tests compile them.</summary>
    private static readonly string[] Elsewhere = ["src/Cs336.Tokenizers.MicrosoftML/README.md", "src/Cs336.Data/README.md"];

    /// <summary>
    /// What a fence can hold. Here C# is compiled, JSON and XML are parsed; commands (sh) and Python are checked by the tests of the
    /// command line. Text is for what nobody runs: pictures, and what a program tells.
    /// </summary>
    private static readonly string[] Languages = ["csharp", "json", "jsonl", "xml", "sh", "python", "text"];

    private const string Libraries = "using Cs336.Hosting; using Cs336.Inference; using Cs336.Serving; using Cs336.Tokenizers; "
        + "using Cs336.Training; using Cs336.Transformer;";

    /// <summary>What a page takes as given, said in its text or plain from it.</summary>
    private static readonly Dictionary<string, string> Contexts = new()
    {
        ["docs/generation.md"] = "ITokenizer tokenizer = null!; ILanguageModel model = null!; GenerationOptions options = new();",
        ["docs/hosting.md"] = """
            using Microsoft.Extensions.Configuration; using Microsoft.Extensions.DependencyInjection;
            ServiceCollection services = new(); IConfiguration configuration = new ConfigurationManager();
            """,
        ["docs/seams.md"] = "using Microsoft.Extensions.DependencyInjection; ServiceCollection services = new();",
        ["docs/serving.md"] = """
            using Microsoft.AspNetCore.Builder; using Microsoft.AspNetCore.Http; using Microsoft.Extensions.AI;
            using Microsoft.Extensions.DependencyInjection;
            WebApplicationBuilder builder = WebApplication.CreateBuilder(); WebApplication app = builder.Build();
            GenerationService service = null!; IChatClient chatClient = null!;
            """,
        ["docs/tokenizers.md"] = "ITokenizer stories = BpeTokenizer.Load(\"stories\"), web = BpeTokenizer.Load(\"web\");",
    };

    private readonly Dictionary<string, HashSet<string>> _anchors = [];

    public static TheoryData<string> Pages => [.. MarkdownPage.All
        .Where(page => page.Fences().Any(fence => fence.Language == "csharp")).Select(page => page.Path).Except(Elsewhere)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_examples_compile(string page) => PageCompiler.AssertCompiles(page, ContextOf(page));

    /// <summary>A package's page and the first page name what they use; a page of docs/ leaves that to its reader's editor.</summary>
    internal static string ContextOf(string page) =>
        page.StartsWith("docs/", StringComparison.Ordinal) ? Libraries + Contexts.GetValueOrDefault(page) : "";

    [Fact]
    public void Every_fence_says_what_it_holds()
    {
        Fence[] fences = [.. MarkdownPage.All.SelectMany(page => page.Fences())];
        Assert.True(fences.Length > 60, "The pages' fences are not found any more.");
        string[] problems = [.. fences.Where(fence => !Languages.Contains(fence.Language))
            .Select(fence => $"{fence.Page}, line {fence.Line - 1}: '{fence.Language}' is none of {string.Join(", ", Languages)}")];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Fact]
    public void Every_example_of_json_and_xml_can_be_parsed()
    {
        foreach (Fence fence in MarkdownPage.All.SelectMany(page => page.Fences()))
        {
            string[] parts = fence.Language == "jsonl" ? fence.Code.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [fence.Code];
            try
            {
                if (fence.Language is "json" or "jsonl") foreach (string part in parts) JsonDocument.Parse(part).Dispose();
                if (fence.Language == "xml") XElement.Parse(fence.Code);
            }
            catch (Exception exception) when (exception is JsonException or XmlException)
            {
                Assert.Fail($"{fence.Page}, line {fence.Line}: {exception.Message}");
            }
        }
    }

    [Fact]
    public void The_index_has_every_page_of_the_documentation()
    {
        MarkdownPage index = MarkdownPage.Read("docs/README.md");
        string[] listed = [.. Links().Matches(index.Text).Select(link => "docs/" + link.Groups["path"].Value)];
        Assert.Empty(MarkdownPage.All.Select(page => page.Path)
            .Where(path => path.StartsWith("docs/", StringComparison.Ordinal)).Except(listed).Except([index.Path]));
    }

    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading()
    {
        foreach (MarkdownPage page in MarkdownPage.All)
        {
            foreach (Match link in Links().Matches(page.Text))
            {
                string path = link.Groups["path"].Value, heading = link.Groups["heading"].Value;
                string target = path.Length == 0 ? page.Path : Path.Combine(Path.GetDirectoryName(page.Path)!, path);
                string file = Path.Combine(RepositoryRoot.Path, target);
                Assert.True(Path.Exists(file), $"{page.Path} has a link to {path}, which is not there.");
                Assert.True(heading.Length == 0 || AnchorsOf(file).Contains(heading),
                    $"{page.Path} has a link to #{heading}, which {target} does not have.");
            }
        }
    }

    /// <summary>The headings of each page, which is read once.</summary>
    private HashSet<string> AnchorsOf(string file)
    {
        file = Path.GetFullPath(file);
        if (!_anchors.TryGetValue(file, out HashSet<string>? anchors))
            _anchors[file] = anchors = [.. Headings().Matches(File.ReadAllText(file)).Select(line => AnchorOf(line.Groups["text"].Value))];
        return anchors;
    }

    /// <summary>As GitHub makes it: small letters, digits and hyphens for spaces.</summary>
    private static string AnchorOf(string heading) =>
        string.Concat(heading.ToLowerInvariant().Replace(' ', '-').Where(c => char.IsLetterOrDigit(c) || c is '-' or '_'));

    /// <summary>Links within the repository.</summary>
    [GeneratedRegex(@"\]\((?!\w+:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Links();

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();
}
