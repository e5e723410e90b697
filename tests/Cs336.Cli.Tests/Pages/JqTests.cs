using System.Diagnostics;
using Cs336.Testing;

namespace Cs336.Cli.Tests.Pages;

/// <summary>What pages ask jq about a run's metrics, it answers.</summary>
public sealed class JqTests(PageFiles files) : IClassFixture<PageFiles>
{
    [JqFact]
    public void Every_command_of_jq_can_be_run_in_the_folder_of_its_page()
    {
        PageLine[] lines = [.. PageLine.All.Where(line => line.Command.StartsWith("jq ", StringComparison.Ordinal))];
        Assert.Contains(lines, line => line.Command.Contains("min_by", StringComparison.Ordinal));
        foreach (IGrouping<string, PageLine> page in lines.GroupBy(line => line.Page))
        {
            string folder = files.Make(page.Key);
            foreach (PageLine line in page)
            {
                using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", line.Command])
                {
                    WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
                })!;
                string output = shell.StandardOutput.ReadToEnd(), errors = shell.StandardError.ReadToEnd();
                shell.WaitForExit();
                Assert.True(shell.ExitCode == 0 && errors.Length == 0, $"{line.Place}: {line.Command}\n{errors}");
                if (line.Command.Contains("min_by", StringComparison.Ordinal))
                    Assert.Matches("\"step\": (6|12),\\s+\"validation_loss\": [1-9]", output);
            }
        }
    }

    /// <summary>Skipped where there is no jq.</summary>
    private sealed class JqFactAttribute : FactAttribute
    {
        public JqFactAttribute()
        {
            if (ProgramPath.Find("jq") is null) Skip = "needs jq, which this machine does not have";
        }
    }
}
