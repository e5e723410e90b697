using System.Text;

namespace Cs336.Tokenizers.Tests;

public class StreamingDecoderTests
{
    private static readonly BpeTokenizer Bytes = new(Models.Train("a", 256));

    [Fact]
    public void Gives_a_character_when_it_is_whole()
    {
        StreamingDecoder decoder = new(Bytes);

        Assert.Equal(["a", "", "é", "", "", "", "🙂"], Bytes.Encode("aé🙂").Select(decoder.Append));
        Assert.Equal("", decoder.Flush());
    }

    [Fact]
    public void Gives_the_replacement_character_for_what_is_left()
    {
        StreamingDecoder decoder = new(Bytes);

        Assert.Equal(["", "", "\uFFFDa", ""], Bytes.Encode([0xF0, 0x9F, (byte)'a', 0xE6]).Select(decoder.Append));
        Assert.Equal("\uFFFD", decoder.Flush());
        Assert.Equal("b", decoder.Append('b'));
    }

    [Fact]
    public void The_parts_joined_are_the_text_of_all_ids()
    {
        Random random = new(1);
        byte[] pool = [.. Encoding.UTF8.GetBytes("aé日🙂"), 0xFF, 0xC0, 0xED, 0xA0, 0x80, 0xF4, 0x90];
        for (int i = 0; i < 2000; i++)
        {
            int[] ids = Bytes.Encode(random.GetItems(pool, 12));
            StreamingDecoder decoder = new(Bytes);

            string joined = string.Concat(ids.Select(decoder.Append)) + decoder.Flush();

            Assert.Equal(Bytes.Decode(ids), joined);
        }
    }
}
