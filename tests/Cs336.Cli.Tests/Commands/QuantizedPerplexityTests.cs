using System.Text.Json.Nodes;
using Cs336.Testing;
using Stories;

namespace Cs336.Cli.Tests;

/// <summary>What the types of GGUF files cost a small model that has learned to tell stories, on stories that it has not seen.</summary>
public sealed class QuantizedPerplexityTests
{
    [Fact]
    public void Eight_bits_cost_next_to_nothing_and_four_less_than_three_hundredths()
    {
        using TemporaryFolder folder = new();
        StoryCorpus.Write(folder.File("text.txt"), 600_000, seed: 5);
        StoryCorpus.Write(folder.File("unseen.txt"), 30_000, seed: 6);
        CliRun.Of("tokenizer", "train", "--input", folder.File("text.txt"), "--vocab-size", "800", "--output", folder.File("tk"))
            .Succeeded();
        foreach (string text in (string[])["text", "unseen"])
            CliRun.Of("tokenizer", "encode", "--tokenizer", folder.File("tk"), "--input", folder.File($"{text}.txt"),
                "--output", folder.File($"{text}.npy")).Succeeded();
        folder.Write("config.json", """
            {
              "model": { "vocab_size": 800, "context_length": 64, "d_model": 64, "num_layers": 2, "num_heads": 2, "d_ff": 160 },
              "training": { "max_steps": 300, "batch_size": 8, "evaluate_every": 300, "evaluation_tokens": 256, "checkpoint_every": 300 }
            }
            """);
        CliRun.Of("train", "--config", folder.File("config.json"), "--data", folder.File("text.npy"), "--tokenizer", folder.File("tk"),
            "--output", folder.File("run")).Succeeded();

        double exact = PerplexityOf("f32");
        Assert.InRange(exact, 1, 20); // of 800
        Assert.InRange(PerplexityOf("q8_0") / exact, 0.999, 1.001);
        Assert.InRange(PerplexityOf("q4_0") / exact, 0.99, 1.03);

        double PerplexityOf(string type)
        {
            string file = folder.File($"{type}.gguf");
            CliRun.Of("export", "--run", folder.File("run"), "--format", "gguf", "--type", type, "--output", file).Succeeded();
            JsonObject result = CliRun.Json("eval", "--model", file, "--data", folder.File("unseen.npy"));
            return (double)result["perplexity"]!;
        }
    }
}
