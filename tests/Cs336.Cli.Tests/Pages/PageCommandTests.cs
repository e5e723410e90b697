using Cs336.Testing;

namespace Cs336.Cli.Tests.Pages;

/// <summary>
/// What a page tells its reader to type can be typed: commands of cs336 parse, the projects, tests and scripts of the others are there.
/// Here because this project knows cs336.
/// </summary>
public sealed class PageCommandTests
{
    [Fact]
    public void Every_command_can_be_given()
    {
        Assert.True(PageLine.All.Count(command => command.IsWhole) > 40, "The commands in fences are not found any more.");
        Assert.True(PageLine.All.Count(command => !command.IsWhole) > 60, "The commands in sentences are not found any more.");
        string[] problems =
        [
            .. from command in PageLine.All
               let problem = PageCommand.FindProblem(command.Command, command.IsWhole)
               where problem is not null
               select $"{command.Place}: {command.Command}: {problem}",
        ];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Theory]
    [InlineData("cs336 acount", "acount is no command of cs336")]
    [InlineData("cs336 train --confg run.json", "--confg is no option of cs336 train")]
    [InlineData("dotnet run -c Release --project samples/QuickStrat", "samples/QuickStrat has no project")]
    [InlineData("dotnet run --project samples/QuickStart -- --cheque 10", "samples/QuickStart does not know --cheque")]
    [InlineData("dotnet run --project samples/StoryServer -- --Story:Stages=3", "samples/StoryServer does not know Stages")]
    [InlineData("dotnet run --project samples/Cs336.Cli -- train --confg run.json", "--confg is no option of cs336 train")]
    [InlineData("dotnet run --project benchmarks/Decoding -- los RUN", "benchmarks/Decoding does not know los")]
    [InlineData("dotnet test tests/Cs336.Tokenisers.Tests", "tests/Cs336.Tokenisers.Tests has no project")]
    [InlineData("dotnet test --filter FullyQualifiedName~NoSuchTests", "no test is named NoSuchTests")]
    [InlineData("dotnet add package Cs336.Servings", "there is no package Cs336.Servings")]
    [InlineData("dotnet rum", "no test knows what dotnet rum does")]
    [InlineData(".ci/without avx2 dotnet test", ".ci/without does not know avx2")]
    [InlineData("CS336_X=1 .ci/without avx dotnet rum", "no test knows what dotnet rum does")]
    [InlineData("benchmarks/run-pears.sh a.txt", "there is no benchmarks/run-pears.sh")]
    [InlineData("cargo run", "no test knows the program cargo")]
    public void What_is_wrong_is_found(string command, string problem)
    {
        Assert.DoesNotContain(PageLine.All, known => known.Command == command);
        Assert.Equal(problem, PageCommand.FindProblem(command, isWhole: false));
    }

    [Fact]
    public void A_whole_command_lacks_nothing() =>
        Assert.NotNull(PageCommand.FindProblem("cs336 tokenizer train --input a.txt", isWhole: true));

    [PythonFact]
    public void Every_example_of_python_compiles()
    {
        Fence[] examples = [.. MarkdownPage.All.SelectMany(page => page.Fences()).Where(fence => fence.Language == "python")];
        Assert.NotEmpty(examples);
        foreach (Fence example in examples)
        {
            (int code, _, string errors) = PythonFactAttribute.Run("-c", "import sys; compile(sys.argv[1], sys.argv[2], 'exec')",
                example.Code, $"{example.Page}, from line {example.Line}");
            Assert.True(code == 0, errors);
        }
    }
}
