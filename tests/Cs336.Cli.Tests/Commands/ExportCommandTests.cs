using System.Text.Json.Nodes;
using Cs336.Testing;

namespace Cs336.Cli.Tests;

public sealed class ExportCommandTests(EvalAndGenerateCommandTests.Trained trained) : IClassFixture<EvalAndGenerateCommandTests.Trained>
{
    [Theory]
    [InlineData(null, "f16")]
    [InlineData("f32", "f32")]
    [InlineData("bf16", "bf16")]
    public void A_run_becomes_one_file(string? type, string written)
    {
        using TemporaryFolder folder = new();
        string[] typed = type is null ? [] : ["--type", type];
        JsonObject result = CliRun.Json(["export", "--run", trained.Run, "--format", "gguf", "--output", folder.File("a.gguf"), .. typed]);

        Assert.Equal(written, (string)result["type"]!);
        Assert.Equal("GGUF"u8.ToArray(), File.ReadAllBytes(folder.File("a.gguf"))[..4]);
        Assert.Equal(["a.gguf"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void The_folder_of_a_run_and_that_of_a_checkpoint_are_models_too()
    {
        using TemporaryFolder folder = new();
        string checkpoint = (string)CliRun.Json(
            "export", "--run", trained.Run, "--format", "gguf", "--output", folder.File("run.gguf"), "--name", "x")["model"]!;
        CliRun.Of("export", "--model", trained.Run, "--format", "gguf", "--output", folder.File("same.gguf"), "--name", "x").Succeeded();
        CliRun.Of("export", "--model", checkpoint, "--tokenizer", trained.File("tk"), "--format", "gguf", "--output",
            folder.File("folder.gguf"), "--name", "x").Succeeded();
        byte[] expected = File.ReadAllBytes(folder.File("run.gguf"));
        Assert.Equal(expected, File.ReadAllBytes(folder.File("same.gguf")));
        Assert.Equal(expected, File.ReadAllBytes(folder.File("folder.gguf")));
    }

    [Theory]
    [InlineData(2, "Name one model: --run RUN or --model PATH", "--output", "x.gguf")]
    [InlineData(2, "--type is 'q2', but with --format gguf must be one of f16, f32", "--output", "x.gguf", "--type", "q2", "--run", "r")]
    [InlineData(1, "There is no folder missing", "--output", "x.gguf", "--run", "missing")]
    public void What_cannot_be_meant_is_told(int exitCode, string message, params string[] arguments) =>
        CliRun.Of(["export", "--format", "gguf", .. arguments]).Failed(exitCode, message);

    /// <summary>The model's rows have 16 numbers, and those of one matrix 40.</summary>
    [Fact]
    public void Matrices_in_another_type_are_told()
    {
        using TemporaryFolder folder = new();
        string[] command = ["export", "--run", trained.Run, "--format", "gguf", "--output", folder.File("a.gguf"), "--type", "q8_0"];
        JsonObject result = CliRun.Json(command);
        Assert.Equal("q8_0", (string)result["type"]!);
        Assert.Equal("f16", (string)result["other_types"]!["token_embd.weight"]!);
        Assert.Contains("in f16: token_embd.weight, blk.0.attn_q.weight", CliRun.Of(command).Succeeded().Output, StringComparison.Ordinal);
        CliRun.Of("eval", "--model", folder.File("a.gguf"), "--data", trained.File("ids.npy"), "--max-tokens", "256").Succeeded();
    }

    [Fact]
    public void Nothing_is_written_of_what_cannot_be_held()
    {
        using TemporaryFolder folder = new();
        string[] command = ["export", "--run", trained.Run, "--format", "gguf", "--output", folder.File("a.gguf")];
        CliRun.Of([.. command, "--end-token", "</s>"]).Failed(1, "the tokenizer has no special token </s>");
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }
}
