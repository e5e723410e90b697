using System.Text.Json.Nodes;
using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Cli.Tests;

public sealed class TokenizerInspectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trained_tokenizer_is_told_in_words_and_as_json()
    {
        string text = _folder.Write("text.txt", string.Concat(Enumerable.Repeat("one two three ", 200)));
        CliRun.Of("tokenizer", "train", "--input", text, "--vocab-size", "262", "--pattern", "o200k", "--output", _folder.File("tk"))
            .Succeeded();

        string output = CliRun.Of("tokenizer", "inspect", _folder.File("tk")).Succeeded().Output;
        Assert.Contains("Hugging Face's tokenizer.json", output);
        Assert.Contains("262, of which each is a token", output);
        Assert.Contains("1: '<|endoftext|>' 0", output);
        Assert.Contains($"by o200k: {PreTokenizers.O200k.Pattern}", output);
        Assert.Contains("can be loaded   yes", output);

        JsonObject json = CliRun.Json("tokenizer", "inspect", _folder.File("tk/tokenizer.json"));
        Assert.Equal(("hugging_face", "BPE", 5, "o200k", true),
            ((string)json["format"]!, (string)json["model"]!, (int)json["merges"]!, (string)json["pattern_name"]!,
                (bool)json["can_be_loaded"]!));
        Assert.Equal("gpt2", (string)CliRun.Json("tokenizer", "inspect", _folder.File("tk/merges.txt"))["format"]!);
    }

    [Theory]
    [InlineData("WordPiece", """{"vocab":{"a":0,"##b":1},"max_input_chars_per_word":100}""", "a WordPiece model, as BERT's")]
    [InlineData("Unigram", """{"type":"Unigram","vocab":[["a",-1],["b",-2]]}""", "a Unigram model, as T5's")]
    [InlineData("WordLevel", """{"type":"WordLevel","vocab":{"a":0,"b":1}}""", "a WordLevel model, whose tokens are whole words")]
    public void What_cannot_be_loaded_is_told_by_what_it_is(string kind, string model, string message)
    {
        string path = _folder.Write("tokenizer.json", $$"""{"model":{{model}}}""");

        CliRun run = CliRun.Of("tokenizer", "inspect", _folder.Path, "--json");

        Assert.Equal(1, run.ExitCode);
        JsonNode json = JsonNode.Parse(run.Output)!;
        Assert.Equal((kind, 2, false), ((string)json["model"]!, (int)json["entries"]!, (bool)json["can_be_loaded"]!));
        Assert.StartsWith($"{path} is {message}", (string)json["refusal"]!);
    }

    [Fact]
    public void A_SentencePiece_model_is_inspected_and_converted()
    {
        string path = _folder.File("tokenizer.model");
        File.WriteAllBytes(path, SentencePieces.Model);

        JsonObject json = CliRun.Json("tokenizer", "inspect", path);
        Assert.Equal(("sentencepiece", "BPE", 4, "characters; all others are unknown"),
            ((string)json["format"]!, (string)json["model"]!, (int)json["vocab_size"]!, (string)json["over"]!));
        Assert.Null(json["pattern"]);

        CliRun converted = CliRun.Of("tokenizer", "convert", "--input", path, "--output", _folder.File("out")).Succeeded();
        Assert.Contains("it is in tokenizer.json alone", converted.Errors);
        Assert.Equal([3, 3, 2], BpeTokenizer.Load(_folder.File("out")).Encode("a aa"));
        string text = _folder.Write("text.txt", "a aa a");
        CliRun.Of("tokenizer", "encode", "--tokenizer", path, "--input", text, "--output", _folder.File("ids.npy")).Succeeded();
        CliRun.Of("tokenizer", "decode", "--tokenizer", path, "--input", _folder.File("ids.npy"), "--output", _folder.File("back.txt"))
            .Succeeded();
        Assert.Equal("a aa a", File.ReadAllText(_folder.File("back.txt")));
        CliRun.Of("tokenizer", "convert", "--input", path, "--output", _folder.File("out.tiktoken")).Failed(
            1, "cannot be written as a rank file");
        CliRun.Of("tokenizer", "convert", "--input", path, "--output", _folder.File("out.model")).Failed(2, "read here, but not written");

        File.WriteAllBytes(path, [.. SentencePieces.Pieces, 0x12, 2, 0x18, 1]);
        Assert.Contains("Unigram", CliRun.Of("tokenizer", "inspect", path).Output);
        CliRun.Of("tokenizer", "convert", "--input", path, "--output", _folder.File("none")).Failed(1, "is a SentencePiece Unigram model");
        File.WriteAllBytes(path, [.. SentencePieces.Pieces, 0x12, 2, 0x18, 2]);
        CliRun.Of("tokenizer", "convert", "--input", path, "--output", _folder.File("none")).Failed(1, "cannot say exactly");
        Assert.False(File.Exists(_folder.File("none/tokenizer.json")));
    }

    [Fact]
    public void Where_there_is_nothing_it_is_an_error()
    {
        CliRun.Of("tokenizer", "inspect", _folder.File("nowhere")).Failed(1, "There is no ");
        CliRun.Of("tokenizer", "inspect", _folder.Path).Failed(1, "has no tokenizer: name a folder with tokenizer.json");
        string text = _folder.Write("notes", "some words");
        Assert.Contains("is no tokenizer's file that is known here", CliRun.Of("tokenizer", "inspect", text).Output);
        string words = _folder.Write("vocab.txt", "[PAD]\n[UNK]\nthe\n");
        Assert.Contains("is a list of words, as BERT's WordPiece models have", CliRun.Of("tokenizer", "inspect", words).Output);
    }
}
