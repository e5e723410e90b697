using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class BadTrainingInputTests
{
    private static readonly BpeTrainer Trainer = new(new BpeTrainerOptions { VocabSize = 300 });

    [Fact]
    public void Vocabulary_too_small()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = 200 }));

        Assert.Equal(
            "vocab_size is 200, but 256 bytes and 1 special token need at least 257: raise vocab_size or drop special tokens.", e.Message);
    }

    [Theory]
    [InlineData(4_194_305)]
    [InlineData(int.MaxValue)]
    public void Vocabulary_too_large(int size)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => new BpeTrainer(new BpeTrainerOptions { VocabSize = size }));

        Assert.StartsWith($"vocab_size is {size}, but must be at most 4194304", e.Message);
    }

    [Fact]
    public void What_is_asked_for_beyond_what_the_text_has_costs_nothing()
    {
        string[] texts = ["the cat sat on the mat with the other cat"];
        BpeModel expected = new BpeTrainer(new BpeTrainerOptions { VocabSize = 500, ThreadCount = 1 }).TrainTexts(texts), actual = expected;
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 4_194_304, ThreadCount = 1 });

        long before = GC.GetTotalAllocatedBytes(precise: true);
        actual = trainer.TrainTexts(texts);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Equal(expected.Merges, actual.Merges);
        // the counting's tables and what other tests make meanwhile; an array for the ids asked for would have 400 MB
        Assert.InRange(allocated, 0, 80_000_000);
    }

    [Fact]
    public void Tokens_that_grow_with_each_merge_are_refused_before_they_fill_the_memory()
    {
        Random random = new(1);
        string word = string.Concat(Enumerable.Range(0, 30_000).Select(_ => (char)random.Next('a', 'z' + 1)));

        InvalidDataException e = Assert.Throws<InvalidDataException>(
            () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 100_000 }).TrainTexts([word]));

        Assert.Contains("Raise min_frequency or lower vocab_size.", e.Message);
    }

    [Theory]
    [InlineData("special_tokens holds '<a>' twice: leave one out.", "<a>", "<a>")]
    [InlineData("special_tokens holds an empty text: give it a text, or leave it out.", "")]
    [InlineData("special_tokens holds 'a', which is spelled as one of the 256 bytes: use a longer text.", "a")]
    public void Special_tokens_that_cannot_be(string message, params string[] tokens)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, SpecialTokens = tokens }));

        Assert.Equal(message, e.Message);
    }

    [Fact]
    public void Min_frequency_too_low()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, MinFrequency = 0 }));

        Assert.Equal("min_frequency is 0, but must be at least 1.", e.Message);
    }

    [Fact]
    public void Thread_count_too_low()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, ThreadCount = 0 }));

        Assert.Equal("thread_count is 0, but must be at least 1.", e.Message);
    }

    [Fact]
    public void Memory_budget_too_low()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, MemoryBudget = 1000 }));

        Assert.Equal("memory_budget is 1,000 bytes, but must be at least 16,777,216, or null for no bound.", e.Message);
    }

    [Fact]
    public void Of_several_invalid_bytes_the_first_is_named_by_any_number_of_threads()
    {
        byte[] bytes = new byte[4 << 20];
        Array.Fill(bytes, (byte)' ');
        for (int i = 0; i < bytes.Length; i += 7) bytes[i] = (byte)'a';
        for (int i = 2_000_000; i < bytes.Length; i += 100_000) bytes[i] = 0xFF;
        for (int threads = 1; threads <= 4; threads++)
        {
            BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 300, ThreadCount = threads });

            InvalidDataException e = Assert.Throws<InvalidDataException>(() => trainer.Train(new MemoryStream(bytes)));

            Assert.Equal("The stream is not valid UTF-8: byte 2000000 is 0xff. Convert the text to UTF-8 first.", e.Message);
        }
    }

    [Fact]
    public void An_error_of_the_input_itself_comes_through()
    {
        static IEnumerable<string> Texts()
        {
            for (int i = 0; i < 100; i++) yield return new string('a', 100_000);
            throw new NotSupportedException("no more");
        }

        Assert.Equal("no more", Assert.Throws<NotSupportedException>(() => Trainer.TrainTexts(Texts())).Message);
    }

    [Fact]
    public void Missing_file()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("missing.txt");

        FileNotFoundException e = Assert.Throws<FileNotFoundException>(() => Trainer.Train(path));

        Assert.Contains(path, e.Message);
    }

    [Fact]
    public void Empty_file()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("empty.txt", "");

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Trainer.Train(path));

        Assert.Equal($"{path} is empty: there is nothing to train on.", e.Message);
    }

    [Fact]
    public void Only_a_special_token()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("special.txt", "<|endoftext|>");

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Trainer.Train(path));

        Assert.Equal($"{path} holds special tokens only: there is no text to train on.", e.Message);
    }

    [Fact]
    public void Invalid_utf8_is_named_by_its_offset_even_beyond_the_first_block()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[(5 << 19) + 7];
        Array.Fill(bytes, (byte)'a');
        for (int i = 0; i < bytes.Length; i += 10) bytes[i] = (byte)' ';
        bytes[^3] = 0xFF;
        string path = folder.File("broken.txt");
        File.WriteAllBytes(path, bytes);

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Trainer.Train(path));

        Assert.Equal($"{path} is not valid UTF-8: byte {bytes.Length - 3} is 0xff. Convert the text to UTF-8 first.", e.Message);
    }

    [Fact]
    public void Lone_surrogate()
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => Trainer.TrainTexts(["fine", "not \ud800 fine"]));

        Assert.Equal("Text 1 holds a lone surrogate at character 4: repair the string first.", e.Message);
    }
}
