using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Whatever is in a file that is named <c>tokenizer.model</c>: an exception that names it, or a model that works.</summary>
public sealed class HostileSentencePieceTests : IDisposable
{
    private const int Many = 10_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_cut_anywhere_or_has_any_other_byte_is_refused_or_works()
    {
        byte[] whole = ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: true, [4, 0, 0, 0, 0, 4, 0, 0, 65, 0]).ToArray();
        Random random = new(7);

        for (int length = 0; length < whole.Length; length++) LoadDamaged(whole[..length]);
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(whole.Length)] = (byte)random.Next(256);
            LoadDamaged(damaged);
        }
    }

    [Fact]
    public void Lengths_beyond_the_file_and_numbers_without_end_are_refused()
    {
        Assert.Contains("field 1 has 2,147,483,647 bytes, but 0 are left", Refusal([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]));
        Assert.Contains(
            "field 1 has 18,446,744,073,709,551,615 bytes", Refusal([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]));
        Assert.Contains("a number has more than 10 bytes", Refusal([0x48, .. Enumerable.Repeat((byte)0xFF, 40)]));
        Assert.Contains("0 is the tag of no field", Refusal([0, 0, 0]));
        // a million groups in each other
        Assert.Contains("field 9 has the wire type 3", Refusal([.. Enumerable.Repeat((byte)0x4B, 1_000_000)]));
        Assert.Contains("not valid UTF-8", Refusal([0x0A, 3, 0x0A, 1, 0xFF]));
        Assert.Contains("which is no number", Refusal(ModelBytes.Tiny().Piece("x", float.NaN, 1).Trainer(2).ToArray()));
        Assert.Contains("piece 0 has no text", Refusal([0x0A, 0]));
        Assert.Contains("it has no pieces", Refusal([]));
    }

    [Fact]
    public void Millions_of_empty_fields_take_no_more_than_the_file()
    {
        byte[] empty = [.. Enumerable.Repeat((byte[])[0x22, 0], Many).SelectMany(field => field)];
        byte[] file = [.. ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: false).ToArray(), .. empty];
        File.WriteAllBytes(_folder.File("tokenizer.model"), file);
        long before = GC.GetAllocatedBytesForCurrentThread();

        BpeModel model = SentencePieceFile.Load(_folder.File("tokenizer.model"));

        Assert.Equal(10, model.VocabSize);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3L * file.Length);
        File.WriteAllBytes(_folder.File("tokenizer.model"), [.. Enumerable.Repeat((byte[])[0x0A, 0], Many).SelectMany(field => field)]);
        Assert.Contains("piece 0 has no text", Assert.Throws<InvalidDataException>(() => BpeModel.Load(_folder.Path)).Message);
    }

    [Fact]
    public void A_map_in_a_circle_ends()
    {
        // Each unit that 'a' leads to leads to itself again, and no text ends there.
        uint[] units = [.. Enumerable.Repeat('a' | (uint)('a' << 10), 256)];
        byte[] map = [.. BitConverter.GetBytes(4 * units.Length), .. units.SelectMany(BitConverter.GetBytes), (byte)'x', 0];
        File.WriteAllBytes(
            _folder.File("tokenizer.model"), ModelBytes.Tiny().Trainer(2).Normalizer(space: true, removesExtra: false, map).ToArray());

        int[] ids = BpeTokenizer.Load(_folder.Path).Encode(new string('a', 1_000_000));

        Assert.Equal(1_000_001, ids.Length);
    }

    [Fact]
    public void A_long_piece_is_refused() =>
        Assert.Contains(
            "513 characters, but pieces have at most 512",
            Refusal(ModelBytes.Tiny().Piece(new string('a', 513), -9, 1).Trainer(2).ToArray()));

    private void LoadDamaged(byte[] bytes)
    {
        File.WriteAllBytes(_folder.File("tokenizer.model"), bytes);
        BpeTokenizer tokenizer;
        try
        {
            tokenizer = BpeTokenizer.Load(_folder.Path);
        }
        catch (InvalidDataException e)
        {
            Assert.StartsWith(_folder.Path, e.Message);
            return;
        }
        int[] ids = tokenizer.Encode("ab é\0 <s> x▁b");
        Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabSize - 1));
        Assert.NotNull(tokenizer.Decode(ids));
    }

    private string Refusal(byte[] bytes)
    {
        File.WriteAllBytes(_folder.File("tokenizer.model"), bytes);
        return Assert.Throws<InvalidDataException>(() => SentencePieceFile.Load(_folder.File("tokenizer.model"))).Message;
    }
}
