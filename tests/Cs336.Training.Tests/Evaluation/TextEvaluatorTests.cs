using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>Bits for each byte of a text, whatever the vocabulary.</summary>
public sealed class TextEvaluatorTests : IDisposable
{
    private const string Text = "Once upon a time there was a cat.<|endoftext|>The cat sat on the mat, émigré ✓ and all.\n";
    private static readonly Dictionary<int, byte[]> Bytes = Enumerable.Range(0, 256).ToDictionary(id => id, id => new[] { (byte)id });

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(2, 5)]
    [InlineData(100, 1)]
    public void Every_token_is_predicted_once_and_the_bits_are_those_of_the_text_s_bytes(int batchSize, int? length)
    {
        BpeTokenizer tokenizer = new(Bytes, [], ["<|endoftext|>"]);
        using TransformerLM model = MakeModel(257);
        TextEvaluation result = new TextEvaluator(tokenizer, batchSize, length).Evaluate(model, _folder.Write("text.txt", Text));
        int[] ids = [256, .. tokenizer.Encode(Text, SpecialTokenHandling.Allow)];
        Assert.Equal(ids.Length - 1, result.Tokens);
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), result.Bytes);
        double nats = NatsByHand(model, ids, length ?? model.ContextLength);
        Assert.Equal(nats / Math.Log(2) / result.Bytes, result.BitsPerByte, 1e-5);
        Assert.Equal(nats / result.Tokens, result.Loss, 1e-5);
        Assert.Equal(Math.Exp(result.Loss), result.Perplexity);
    }

    [Fact]
    public void Vocabularies_compare_by_the_same_bytes()
    {
        string path = _folder.Write("text.txt", Text);
        BpeTokenizer small = new(Bytes, [], ["<|endoftext|>"]), large = new(
            new Dictionary<int, byte[]>(Bytes) { [256] = "at"u8.ToArray(), [257] = "cat"u8.ToArray() },
            [("a"u8.ToArray(), "t"u8.ToArray()), ("c"u8.ToArray(), "at"u8.ToArray())], ["<|endoftext|>"]);
        using TransformerLM smallModel = MakeModel(257), largeModel = MakeModel(259);
        TextEvaluation ofSmall = new TextEvaluator(small).Evaluate(smallModel, path),
            ofLarge = new TextEvaluator(large).Evaluate(largeModel, path);
        Assert.Equal(ofSmall.Bytes, ofLarge.Bytes);
        Assert.True(ofLarge.Tokens < ofSmall.Tokens);
        Assert.Equal(ofSmall.Loss * ofSmall.Tokens / Math.Log(2) / ofSmall.Bytes, ofSmall.BitsPerByte, 1e-12);
        Assert.Equal(ofLarge.Loss * ofLarge.Tokens / Math.Log(2) / ofLarge.Bytes, ofLarge.BitsPerByte, 1e-12);
    }

    [Fact]
    public void Without_a_token_that_starts_a_text_the_first_one_does_not_count()
    {
        BpeTokenizer tokenizer = new(Bytes, []);
        using TransformerLM model = MakeModel(256);
        TextEvaluation result = new TextEvaluator(tokenizer).Evaluate(model, _folder.Write("text.txt", "abcdefghijkl"));
        Assert.Equal((11, 11), (result.Bytes, result.Tokens));
        Assert.Equal(NatsByHand(model, [.. "abcdefghijkl".Select(c => (int)c)], model.ContextLength) / 11, result.Loss, 1e-5);
    }

    [Fact]
    public void A_text_in_utf_16_counts_as_in_utf_8()
    {
        BpeTokenizer tokenizer = new(Bytes, [], ["<|endoftext|>"]);
        using TransformerLM model = MakeModel(257);
        string wide = _folder.File("wide.txt");
        File.WriteAllText(wide, Text, Encoding.Unicode);
        TextEvaluator evaluator = new(tokenizer);
        Assert.Equal(evaluator.Evaluate(model, _folder.Write("text.txt", Text)), evaluator.Evaluate(model, wide));
    }

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        BpeTokenizer tokenizer = new(Bytes, [], ["<|endoftext|>"]), without = new(Bytes, []);
        using TransformerLM model = MakeModel(257), other = MakeModel(256);
        string empty = _folder.Write("empty.txt", ""), letter = _folder.Write("letter.txt", "a"), text = _folder.Write("text.txt", Text);
        Assert.Contains(
            "empty.txt has too little text to predict: 0 bytes",
            Assert.Throws<InvalidDataException>(() => new TextEvaluator(tokenizer).Evaluate(model, empty)).Message);
        Assert.Contains(
            "letter.txt has too little text to predict: 1 bytes",
            Assert.Throws<InvalidDataException>(() => new TextEvaluator(without).Evaluate(other, letter)).Message);
        Assert.Equal(1, new TextEvaluator(tokenizer).Evaluate(model, letter).Tokens);
        Assert.Contains(
            "The tokenizer has 257 tokens, but the model's vocab_size is 256",
            Assert.Throws<ArgumentException>(() => new TextEvaluator(tokenizer).Evaluate(other, text)).Message);
        Assert.Contains(
            "The windows have 9 tokens, but the model's context_length is 8",
            Assert.Throws<ArgumentException>(() => new TextEvaluator(tokenizer, length: 9).Evaluate(model, text)).Message);
        Assert.Throws<FileNotFoundException>(() => new TextEvaluator(tokenizer).Evaluate(model, _folder.File("nowhere.txt")));
        Assert.Throws<OperationCanceledException>(
            () => new TextEvaluator(tokenizer).Evaluate(model, text, cancellationToken: new CancellationToken(canceled: true)));
    }

    private static TransformerLM MakeModel(int vocabSize) =>
        new(new TransformerConfig { VocabSize = vocabSize, ContextLength = 8, DModel = 8, NumLayers = 1, NumHeads = 2, DFf = 16,
            InitSeed = 3 });

    private static double NatsByHand(TransformerLM model, int[] ids, int length)
    {
        using IDisposable noGradients = no_grad();
        double nats = 0;
        for (int start = 0; start < ids.Length - 1; start += length)
        {
            int end = Math.Min(start + length, ids.Length - 1);
            Tensor logProbabilities =
                model.forward(tensor(ids[start..end].Select(id => (long)id).ToArray(), [1, end - start])).to_type(float64).log_softmax(-1);
            for (int i = start; i < end; i++) nats -= logProbabilities[0, i - start, ids[i + 1]].item<double>();
        }
        return nats;
    }
}
