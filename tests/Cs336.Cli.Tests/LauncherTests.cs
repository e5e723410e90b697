using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Cs336.Testing;
using YamlDotNet.RepresentationModel;

namespace Cs336.Cli.Tests;

/// <summary>What can be checked of the scripts and jobs for many machines without these machines.</summary>
public sealed partial class LauncherTests
{
    private static readonly string Cloud = Path.Combine(RepositoryRoot.Path, "samples", "cloud");

    /// <summary>What launchers set, as the first of eight.</summary>
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["JOB_COMPLETION_INDEX"] =
            "0", ["SLURM_ARRAY_TASK_ID"] = "0", ["SLURM_ARRAY_TASK_COUNT"] = "8", ["VOCAB_SIZE"] = "32000", ["shard"] = "0/8",
        ["CORPUS"] = "/data/texts", ["WORK"] = "/data/work",
    };

    public static TheoryData<string> Scripts => [.. Directory.GetFiles(Cloud, "*.sbatch").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_for_slurm_names_its_resources_and_every_command_of_it_parses(string name)
    {
        string[] lines = File.ReadAllText(Path.Combine(Cloud, name)).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n');
        Assert.Equal("#!/bin/bash", lines[0]);
        string[] options =
            [.. lines.Where(line => line.StartsWith("#SBATCH ", StringComparison.Ordinal))
                .Select(line => line["#SBATCH ".Length..].Split('=')[0])];
        foreach (string option in (string[])["--job-name", "--cpus-per-task", "--time", "--requeue"]) Assert.Contains(option, options);
        Assert.DoesNotContain(
            lines.SkipWhile(line => line.Length == 0 || line[0] == '#'), line => line.StartsWith("#SBATCH", StringComparison.Ordinal));
        string[] commands = [.. lines.Where(line => !line.StartsWith('#')).Select(AfterProgram).OfType<string>()];
        Assert.NotEmpty(commands);
        foreach (string command in commands) Parses(command);
        foreach (string script in lines.SelectMany(line => Submitted().Matches(line)).Select(match => match.Value))
            Assert.True(File.Exists(Path.Combine(Cloud, script)), script);
    }

    [LinuxFact]
    public void Bash_reads_the_scripts_for_slurm()
    {
        foreach (string path in Directory.GetFiles(Cloud, "*.sbatch"))
        {
            using Process bash = Process.Start(new ProcessStartInfo("/bin/bash", ["-n", path]) { RedirectStandardError = true })!;
            string errors = bash.StandardError.ReadToEnd();
            bash.WaitForExit();
            Assert.True(bash.ExitCode == 0, errors);
        }
    }

    [Theory]
    [InlineData("kubernetes-count.yaml", "cs336-count", "cs336-vocabulary")]
    [InlineData("kubernetes-encode.yaml", "cs336-encode", "cs336-manifest")]
    public void An_indexed_job_gives_each_pod_a_shard_and_the_job_after_it_waits(string name, string indexed, string after)
    {
        YamlNode[] jobs = [.. Load(name).Where(document => (string)document["kind"]! == "Job")];
        Assert.Equal([indexed, after], jobs.Select(job => (string)job["metadata"]["name"]!));
        Assert.All(jobs, job => Assert.Equal("batch/v1", (string)job["apiVersion"]!));
        YamlNode first = jobs[0]["spec"];
        string count = (string)first["completions"]!;
        Assert.Equal("Indexed", (string)first["completionMode"]!);
        Assert.Equal("Never", (string)first["template"]["spec"]["restartPolicy"]!); // as a limit for each index asks for
        Assert.Equal("true", (string)jobs[1]["spec"]["suspend"]!);
        foreach (YamlNode job in jobs)
        {
            YamlNode pod = job["spec"]["template"]["spec"], container = ((YamlSequenceNode)pod["containers"])[0];
            Assert.Equal(["/bin/sh", "-c"], Texts(container["command"]));
            Assert.Equal(
                ((YamlSequenceNode)pod["volumes"]).Select(volume => (string)volume["name"]!),
                ((YamlSequenceNode)container["volumeMounts"]).Select(mount => (string)mount["name"]!));
            string command = AfterProgram(Texts(container["args"]).Single())!;
            Assert.Equal(job == jobs[0], command.Contains($"--shard $JOB_COMPLETION_INDEX/{count} ", StringComparison.Ordinal));
            Parses(command);
        }
    }

    [Fact]
    public void The_job_of_kubeflow_starts_as_many_ranks_as_its_nodes_have_places_by_a_command_that_parses()
    {
        YamlNode[] documents = [.. Load("kubeflow-mpi.yaml")];
        YamlNode runtime = documents.Single(document => (string)document["kind"]! == "TrainingRuntime"), job = documents.Single(
            document => (string)document["kind"]! == "TrainJob");
        Assert.All(documents, document => Assert.Equal("trainer.kubeflow.org/v1alpha1", (string)document["apiVersion"]!));
        Assert.Equal((string)runtime["metadata"]["name"]!, (string)job["spec"]["runtimeRef"]["name"]!);
        YamlNode policy = runtime["spec"]["mlPolicy"], trainer = job["spec"]["trainer"];
        Assert.Equal("OpenMPI", (string)policy["mpi"]["mpiImplementation"]!);
        int ranks = int.Parse((string)policy["mpi"]["numProcPerNode"]!) * int.Parse((string)trainer["numNodes"]!);
        string[] command = Texts(trainer["command"]);
        Assert.Equal($"{ranks}", command[Array.IndexOf(command, "-np") + 1]);
        YamlNode[] replicated = [.. (YamlSequenceNode)runtime["spec"]["template"]["spec"]["replicatedJobs"]];
        Assert.Equal(["node", "launcher"], replicated.Select(part => (string)part["name"]!));
        Assert.Equal(
            ["/usr/sbin/sshd"],
            Texts(((YamlSequenceNode)replicated[0]["template"]["spec"]["template"]["spec"]["containers"])[0]["command"]));
        Parses(AfterProgram(string.Join(' ', [.. command, .. Texts(trainer["args"])]))!);
    }

    private static string[] Texts(YamlNode list) => [.. ((YamlSequenceNode)list).Select(item => (string)item!)];

    private static YamlNode[] Load(string name)
    {
        YamlStream yaml = [];
        using StreamReader reader = new(Path.Combine(Cloud, name));
        yaml.Load(reader);
        return [.. yaml.Documents.Select(document => document.RootNode)];
    }

    /// <summary>What stands after cs336 or its assembly; null where neither is called.</summary>
    private static string? AfterProgram(string line) =>
        Program().Match(line) is { Success: true } match ? line[(match.Index + match.Length)..].Trim() : null;

    private static void Parses(string command)
    {
        string text = Variable().Replace(command, match => Variables[match.Groups["name"].Value]);
        RootCommand root = CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null));
        ParseResult parsed = root.Parse([.. CommandLineParser.SplitCommandLine(text)]);
        Assert.True(parsed.Errors.Count == 0, $"{text}: {string.Join(' ', parsed.Errors.Select(error => error.Message))}");
    }

    [GeneratedRegex(@"(?<![\w./-])(cs336|/app/cs336\.dll) (?=[a-z])")]
    private static partial Regex Program();

    [GeneratedRegex(@"\$\{?(?<name>\w+)\}?")]
    private static partial Regex Variable();

    [GeneratedRegex(@"[\w-]+\.sbatch")]
    private static partial Regex Submitted();
}
