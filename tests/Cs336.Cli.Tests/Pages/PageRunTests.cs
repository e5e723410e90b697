using Cs336.Testing;

namespace Cs336.Cli.Tests.Pages;

/// <summary>
/// The commands of cs336 on every page, run one after the other in a folder that holds what the page takes as given; what is changed in
/// them before, or not run here, is listed in <see cref="PageRules"/>. Relative paths are the process's, so nothing runs beside these.
/// </summary>
[Collection(nameof(OneFolderAtATime))]
public sealed class PageRunTests(PageFiles files) : IClassFixture<PageFiles>
{
    public static TheoryData<string> Pages => [.. ToRun.Select(line => line.Page).Distinct()];

    /// <summary>Those of cs336 that say all that is required.</summary>
    private static IEnumerable<PageLine> ToRun => PageLine.All
        .Where(line => line.Arguments is not null && IsWhole(line) && PageRules.Runnable(line.Command) is not null);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_of_a_page_can_be_run_where_it_stands(string page)
    {
        string before = Environment.CurrentDirectory;
        List<string> problems = [];
        try
        {
            Environment.CurrentDirectory = files.Make(page);
            foreach (PageLine line in ToRun.Where(line => line.Page == page))
            {
                string command = PageRules.Runnable(line.Command)!;
                CliRun run = CliRun.Of(PageLine.ArgumentsOf(command)!);
                if (run.ExitCode != 0) problems.Add($"{line.Place}: {command}\nended with {run.ExitCode}: {run.Errors}{run.Output}");
            }
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    [Fact]
    public void Every_other_command_is_listed_with_the_reason_why_it_is_not_run()
    {
        string[] unknown = [.. PageLine.All.Where(IsMissing).Select(line => $"{line.Place}: {line.Command}")];
        Assert.True(unknown.Length == 0, $"These are neither run nor listed in {nameof(PageRules)}:\n{string.Join('\n', unknown)}");
    }

    [Fact]
    public void Every_line_of_the_list_names_a_command_and_its_test_is_there()
    {
        Assert.DoesNotContain(PageRules.Exceptions, exception => !PageLine.All.Any(line => exception.Names(line.Command)));
        Assert.DoesNotContain(PageRules.Substitutions, substitution => !ToRun.Any(line => substitution.Changes(line.Command)));
        Assert.All(PageRules.Exceptions.Where(exception => exception.Test is not null),
            exception => Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, "tests", exception.Test!)), exception.Test));
    }

    [Theory]
    [InlineData("cargo run")]
    [InlineData("dotnet run --project samples/Unknown")]
    [InlineData("curl http://127.0.0.1:5080/health")]
    public void A_command_that_nobody_listed_is_found(string command) =>
        Assert.True(IsMissing(new PageLine("a.md", "a.md", command, true)));

    /// <summary>Neither run, nor listed, nor a mere name of a command of cs336 within a sentence.</summary>
    private static bool IsMissing(PageLine line) => PageRules.Runnable(line.Command) is not null && line.Arguments is null
        && !(line.Command.StartsWith("cs336 ", StringComparison.Ordinal) && !line.IsWhole);

    /// <summary>A sentence that names a command without any option does not tell its reader to type that.</summary>
    private static bool IsWhole(PageLine line) => line.IsWhole
        || line.Command.Contains(" --", StringComparison.Ordinal) && PageCommand.FindProblem(line.Command, isWhole: true) is null;
}
