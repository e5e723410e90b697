using Cs336.Testing;
using Stories;

namespace Cs336.Cli.Tests;

/// <summary>A text, its tokens and the configuration of a model so small that a run takes a second.</summary>
internal sealed class SmallRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SmallRun()
    {
        StoryCorpus.Write(File("text.txt"), 30_000, seed: 5);
        CliRun.Of("tokenizer", "train", "--input", File("text.txt"), "--vocab-size", "300", "--output", File("tk")).Succeeded();
        CliRun.Of("tokenizer", "encode", "--tokenizer", File("tk"), "--input", File("text.txt"), "--output", File("ids.npy")).Succeeded();
        _folder.Write("config.json", """
            {
              "model": { "vocab_size": 300, "context_length": 16, "d_model": 16, "num_layers": 1, "num_heads": 2, "d_ff": 32 },
              "optimizer": { "name": "adamw", "max_lr": 1e-2 },
              "training": { "max_steps": 12, "batch_size": 4, "evaluate_every": 6, "evaluation_tokens": 256, "checkpoint_every": 6 }
            }
            """);
    }

    public string Folder => _folder.Path;

    /// <summary>What names the configuration and the data.</summary>
    public string[] Config => ["--config", File("config.json"), "--data", File("ids.npy"), "--tokenizer", File("tk")];

    public string File(string name) => _folder.File(name);

    public string Write(string name, string text) => _folder.Write(name, text);

    public void Dispose() => _folder.Dispose();
}
