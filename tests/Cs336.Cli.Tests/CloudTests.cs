using System.CommandLine;
using System.Text.Json;
using Cs336.Testing;
using YamlDotNet.RepresentationModel;

namespace Cs336.Cli.Tests;

/// <summary>What can be checked of the cloud samples without a cloud.</summary>
public sealed class CloudTests : IDisposable
{
    private static readonly string Cloud = Path.Combine(RepositoryRoot.Path, "samples", "cloud");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_job_is_yaml_whose_volumes_fit_together_and_whose_arguments_parse()
    {
        YamlStream yaml = [];
        using (StreamReader reader = new(Path.Combine(Cloud, "kubernetes-job.yaml"))) yaml.Load(reader);
        YamlNode[] documents = [.. yaml.Documents.Select(document => document.RootNode)];
        YamlNode pod = documents.Single(document => (string)document["kind"]! == "Job")["spec"]["template"]["spec"];
        string[] claims = [.. documents.Where(document => (string)document["kind"]! == "PersistentVolumeClaim")
            .Select(document => (string)document["metadata"]["name"]!)];
        YamlNode[] volumes = [.. (YamlSequenceNode)pod["volumes"]];
        Assert.Equal(claims.Order(), volumes.Select(volume => (string)volume["persistentVolumeClaim"]["claimName"]!).Order());
        YamlNode container = ((YamlSequenceNode)pod["containers"])[0];
        Assert.Equal(volumes.Select(volume => (string)volume["name"]!),
            ((YamlSequenceNode)container["volumeMounts"]).Select(mount => (string)mount["name"]!));
        string[] arguments = [.. ((YamlSequenceNode)container["args"]).Select(argument => (string)argument!)];
        Parses(arguments);
        Assert.Contains("--resume", arguments);
        Assert.Contains("/runs/small", arguments);
    }

    [PythonFact]
    public void The_modal_launcher_compiles_and_its_command_line_parses()
    {
        string script = Path.Combine(Cloud, "modal_train.py");
        (int compiled, _, string errors) = PythonFactAttribute.Run("-c",
            $"compile(open({JsonSerializer.Serialize(script)}).read(), 'modal_train.py', 'exec')");
        Assert.True(compiled == 0, errors);

        // Modal's own package is stood in for: what it would run is a function of its arguments alone.
        string ask = "import json, sys, unittest.mock\n"
            + "sys.dont_write_bytecode = True\n"
            + "sys.modules['modal'] = unittest.mock.MagicMock()\n"
            + $"sys.path.insert(0, {JsonSerializer.Serialize(Cloud)})\n"
            + "import modal_train\n"
            + "print(json.dumps(modal_train.command('small.json', 'a.npy', 'r', 'v.npy', ('model.d_model=512', "
            + "'training.max_steps=9'))))\n";
        (int code, string output, string problem) = PythonFactAttribute.Run("-c", ask);
        Assert.True(code == 0, problem);
        string[] line = JsonSerializer.Deserialize<string[]>(output)!;
        Assert.Equal(["dotnet", "/app/cs336.dll"], line[..2]);
        Parses(line[2..]);
        Assert.Contains("--resume", line);
    }

    [Fact]
    public void The_image_publishes_a_project_that_exists_with_a_libtorch_that_has_a_version()
    {
        string docker = File.ReadAllText(Path.Combine(Cloud, "Dockerfile"));
        Assert.Contains("dotnet publish samples/Cs336.Cli -c Release", docker);
        Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, "samples", "Cs336.Cli", "Cs336.Cli.csproj")));
        Assert.Contains("-p:LibTorchPackage=$LIBTORCH", docker);
        Assert.Contains("<LibTorchPackage", File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")));
        string versions = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "Directory.Packages.props"));
        foreach (string package in (string[])["libtorch-cpu-linux-x64", "TorchSharp-cuda-linux"])
        {
            Assert.Contains(package, docker);
            Assert.Contains($"Include=\"{package}\"", versions);
        }
    }

    /// <summary>What the launchers count on: `--config` with `--resume` begins a run, and a second time goes on with it.</summary>
    [Fact]
    public void The_same_command_line_begins_a_run_and_goes_on_with_it()
    {
        using SmallRun small = new();
        string[] line = ["train", .. small.Config, "--output", small.File("run"), "--resume"];
        CliRun.Of(line).Succeeded();
        CliRun again = CliRun.Of(line).Succeeded();
        Assert.Contains("going on at step 12", again.Errors);
    }

    private static void Parses(string[] arguments)
    {
        RootCommand root = CommandLineProgram.Build(new Terminal(TextWriter.Null, TextWriter.Null, TextReader.Null));
        Assert.Empty(root.Parse(arguments).Errors);
    }
}
