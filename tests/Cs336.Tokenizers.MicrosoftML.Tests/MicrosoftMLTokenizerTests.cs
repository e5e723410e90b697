using System.Buffers;
using Cs336.Testing;
using Microsoft.ML.Tokenizers;

namespace Cs336.Tokenizers.MicrosoftML.Tests;

public class MicrosoftMLTokenizerTests
{
    private static readonly TiktokenTokenizer Theirs = Pair.Instance.Theirs;
    private static readonly Tokenizer Ours = Pair.Instance.Ours.AsMicrosoftTokenizer();

    public static TheoryData<string> Texts => [.. Pair.Texts];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Gives_the_tokens_and_offsets_of_microsofts_own(string text)
    {
        Assert.Equal(Theirs.EncodeToIds(text), Ours.EncodeToIds(text));
        Assert.Equal(Theirs.EncodeToIds(text.AsSpan()), Ours.EncodeToIds(text.AsSpan()));
        Assert.Equal(Theirs.CountTokens(text), Ours.CountTokens(text));
        Assert.Equal(
            Theirs.EncodeToTokens(text, out _).Select(token => (token.Id, token.Value, token.Offset)),
            Ours.EncodeToTokens(text, out string? normalized).Select(token => (token.Id, token.Value, token.Offset)));
        Assert.Null(normalized);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Cuts_at_a_token_count_where_microsofts_own_does(string text)
    {
        for (int limit = 1; limit <= Theirs.CountTokens(text) + 1; limit++)
        {
            IReadOnlyList<int> expected = Theirs.EncodeToIds(text, limit, out _, out int expectedConsumed);
            Assert.Equal(expected, Ours.EncodeToIds(text, limit, out _, out int consumed));
            Assert.Equal(expectedConsumed, consumed);

            int expectedEnd = Theirs.GetIndexByTokenCount(text, limit, out _, out int expectedCount);
            Assert.Equal(expectedEnd, Ours.GetIndexByTokenCount(text, limit, out _, out int count));
            Assert.Equal(expectedCount, count);

            int expectedStart = Theirs.GetIndexByTokenCountFromEnd(text, limit, out _, out expectedCount);
            Assert.Equal(expectedStart, Ours.GetIndexByTokenCountFromEnd(text, limit, out _, out count));
            Assert.Equal(expectedCount, count);
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Decodes_into_a_buffer_as_far_as_it_reaches(string text)
    {
        IReadOnlyList<int> ids = Ours.EncodeToIds(text);
        Assert.Equal(text, Ours.Decode(ids));
        for (int length = 0; length <= text.Length; length++)
        {
            char[] buffer = new char[length];
            OperationStatus status = Ours.Decode(ids, buffer, out int consumed, out int written);

            Assert.Equal(length < text.Length ? OperationStatus.DestinationTooSmall : OperationStatus.Done, status);
            Assert.Equal(text[..written], new string(buffer, 0, written));
            Assert.Equal(text[..written], Ours.Decode(ids.Take(consumed)));
        }
    }

    [Fact]
    public void Half_a_character_at_the_end_is_replaced()
    {
        int[] ids = [.. Ours.EncodeToIds("ꙮ").Take(2)];
        char[] buffer = new char[4];

        Assert.Equal(OperationStatus.Done, Ours.Decode(ids, buffer, out int consumed, out int written));

        Assert.Equal((2, 1, '\uFFFD'), (consumed, written, buffer[0]));
    }

    [Fact]
    public void Special_tokens_can_be_left_as_text_or_forbidden()
    {
        Tokenizer ignoring = Pair.Instance.Ours.AsMicrosoftTokenizer(SpecialTokenHandling.Ignore);
        Tokenizer forbidding = Pair.Instance.Ours.AsMicrosoftTokenizer(SpecialTokenHandling.Forbid);

        Assert.Equal([0], Ours.EncodeToIds("<|endoftext|>"));
        Assert.DoesNotContain(0, ignoring.EncodeToIds("<|endoftext|>"));
        Assert.ThrowsAny<ArgumentException>(() => forbidding.EncodeToIds("<|endoftext|>"));
    }

    [Fact]
    public void What_it_cannot_do_is_an_error()
    {
        Assert.Throws<NotSupportedException>(() => Ours.EncodeToIds("a", considerPreTokenization: false));
        Assert.Throws<InvalidOperationException>(() => Ours.Decode([100_000]));
        Assert.Throws<InvalidOperationException>(() => Ours.Decode([100_000], new char[9], out _, out _));
    }

    [Fact]
    public void A_lone_surrogate_counts_as_one_character()
    {
        EncodedToken last = Ours.EncodeToTokens("a\ud800b", out _)[^1];

        Assert.Equal(("b", 2..3), (last.Value, last.Offset));
    }

    [Fact]
    public void Offsets_are_those_in_the_normalized_text_where_there_is_one()
    {
        using TemporaryFolder folder = new();
        CharacterTokenizer.Write(folder.Path);
        MicrosoftMLTokenizer tokenizer = Tokenizers.BpeTokenizer.Load(folder.Path).AsMicrosoftTokenizer();

        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("hello é", out string? normalized);

        Assert.Equal(" hello é", normalized);
        Assert.Equal([0..6, 6..8], tokens.Select(token => token.Offset));
        Assert.Equal([" hello", " é"], tokens.Select(token => token.Value));
        Assert.Equal("hello é", tokenizer.Decode(tokens.Select(token => token.Id)));
        Span<char> text = stackalloc char[16];
        tokenizer.Decode(tokens.Select(token => token.Id), text, out int idsConsumed, out int charsWritten);
        Assert.Equal((2, "hello é"), (idsConsumed, text[..charsWritten].ToString()));
        Assert.Equal(1, tokenizer.GetIndexByTokenCount("hello é", 1, out normalized, out int count) == 6 ? count : -1);
        Assert.Throws<NotSupportedException>(() => tokenizer.EncodeToIds("hello é", considerNormalization: false));
    }
}
