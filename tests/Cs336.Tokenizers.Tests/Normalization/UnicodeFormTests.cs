using System.Buffers;
using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>What holds of normalization forms on any machine, with ICU or without.</summary>
public class UnicodeFormTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("a\u0301\u0323", "\u1EA1\u0301", "a\u0323\u0301", "\u1EA1\u0301", "a\u0323\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("\uFB01", "\uFB01", "\uFB01", "fi", "fi")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("\uD55C\uAE00", "\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF", "\uD55C\uAE00",
        "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("\uAC00\u11A8", "\uAC01", "\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8", "\u1100\u1161\u11A8\u11A8", "\uAC01\u11A8", "\u1100\u1161\u11A8\u11A8")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7", "\u1100\u1161\u11A7", "\uAC00\u11A7", "\u1100\u1161\u11A7")]
    [InlineData("\u320E", "\u320E", "\u320E", "(\uAC00)", "(\u1100\u1161)")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("\u0CC6\u0CC2\u0CD5", "\u0CCB", "\u0CC6\u0CC2\u0CD5", "\u0CCB", "\u0CC6\u0CC2\u0CD5")]
    [InlineData("\u30AB\uFF9E", "\u30AB\uFF9E", "\u30AB\uFF9E", "\u30AC", "\u30AB\u3099")]
    [InlineData("\U0002F800", "\u4E3D", "\u4E3D", "\u4E3D", "\u4E3D")]
    [InlineData("\U0001D160", "\U0001D158\U0001D165\U0001D16E", "\U0001D158\U0001D165\U0001D16E", "\U0001D158\U0001D165\U0001D16E",
        "\U0001D158\U0001D165\U0001D16E")]
    [InlineData("\U00016D63\U00016D67\U00016D68", "\U00016D6A\U00016D67", "\U00016D63\U00016D67\U00016D67\U00016D67",
        "\U00016D6A\U00016D67", "\U00016D63\U00016D67\U00016D67\U00016D67")]
    public void Texts_become_what_the_standard_says(string text, string formC, string formD, string formKC, string formKD)
    {
        string[] expected = [formC, formD, formKC, formKD];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(Forms.Spell(expected[i]), Forms.Spell(Forms.Normalize(Forms.All[i], text)));
    }

    [Theory]
    [MemberData(nameof(EachForm))]
    public void Code_points_that_are_not_assigned_stay_and_keep_their_neighbours_apart(NormalizationForm form)
    {
        const int Noncharacter = 0xFDD0;
        string expected = Forms.Normalize(form, Forms.AmongNeighbours(Noncharacter));
        int checkedCount = 0;
        foreach (int[] codePoints in Forms.CodePoints().Where(IsUnknown).Chunk(64))
        {
            string text = string.Concat(codePoints.Select(Forms.AmongNeighbours));
            Assert.Equal(string.Concat(codePoints.Select(Expected)), Forms.Normalize(form, text));
            checkedCount += codePoints.Length;
        }
        Assert.InRange(checkedCount, 900_000, 1_000_000);

        static bool IsUnknown(int codePoint) =>
            CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;

        string Expected(int codePoint) => expected.Replace(((char)Noncharacter).ToString(), char.ConvertFromUtf32(codePoint));
    }

    [Theory]
    [MemberData(nameof(EachForm))]
    public void Forms_agree_with_each_other_on_random_sequences(NormalizationForm form)
    {
        Random random = new(7);
        int[] codePoints = Forms.TableCodePoints();
        for (int i = 0; i < 20_000; i++)
        {
            string text = Forms.RandomText(random, codePoints, random.Next(1, 30));
            string normalized = Forms.Normalize(form, text);
            Assert.Equal(normalized, Forms.Normalize(form, Forms.Normalize(NormalizationForm.FormD, text)));
            Assert.Equal(normalized, Forms.Normalize(form, Forms.Normalize(NormalizationForm.FormC, text)));
        }
    }

    [Theory]
    [MemberData(nameof(EachForm))]
    public void Malformed_bytes_stay_and_separate_what_is_around_them(NormalizationForm form)
    {
        byte[][] malformed =
        [
            [0x80], [0xCC], [0xC0, 0x81], [0xE1, 0x84], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9D, 0x85],
            [0xF4, 0x90, 0x80, 0x80], [0xFF],
        ];
        foreach (byte[] bytes in malformed)
        {
            byte[] text = [.. "e"u8, .. bytes, .. "\u0301\u1100"u8, .. bytes, .. "\u1161\u1E0B\u0323"u8, .. bytes];
            byte[] expected =
            [
                .. "e"u8, .. bytes, .. Forms.Normalize(form, "\u0301\u1100"u8), .. bytes,
                .. Forms.Normalize(form, "\u1161\u1E0B\u0323"u8), .. bytes,
            ];
            Assert.Equal(expected, Forms.Normalize(form, text));
        }
    }

    [Theory]
    [MemberData(nameof(EachForm))]
    public void Random_bytes_become_what_their_well_formed_parts_do(NormalizationForm form)
    {
        Random random = new(11);
        byte[] heads = [0x41, 0x65, 0xC3, 0xCC, 0xCD, 0xE1, 0xE2, 0xEA, 0xED, 0xEF, 0xF0, 0xF4];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] text = new byte[random.Next(1, 24)];
            for (int k = 0; k < text.Length; k++)
            {
                text[k] = random.Next(2) == 0 ? heads[random.Next(heads.Length)] : (byte)random.Next(0x80, 0xC0);
            }

            List<byte> expected = [];
            int start = 0;
            for (int position = 0, length; position <= text.Length; position += length)
            {
                length = 1;
                bool isEnd = position == text.Length;
                if (!isEnd && Rune.DecodeFromUtf8(text.AsSpan(position), out _, out length) == OperationStatus.Done) continue;
                expected.AddRange(Forms.Normalize(form, text.AsSpan(start, position - start)));
                if (isEnd) break;
                expected.AddRange(text.AsSpan(position, length));
                start = position + length;
            }
            Assert.Equal(expected, Forms.Normalize(form, text));
        }
    }

    [Theory]
    [MemberData(nameof(EachForm))]
    public void A_hundred_thousand_marks_in_a_row_are_sorted_as_few_are(NormalizationForm form)
    {
        // Classes 230, 220 and 202 by turns: sorted they stand in three runs. Quadratic time would take minutes.
        const int Count = 100_000;
        string marks = string.Concat(Enumerable.Repeat("\u0302\u0316\u0321", Count));
        string sorted = new string('\u0321', Count) + new string('\u0316', Count) + new string('\u0302', Count);
        Assert.Equal(sorted, Forms.Normalize(form, marks));
        string composed = form is NormalizationForm.FormC or NormalizationForm.FormKC
            ? "\u00E2" + sorted[..^1]
            : "a" + sorted;
        Assert.Equal(composed, Forms.Normalize(form, "a" + marks));
    }

    [Fact]
    public void A_text_that_is_in_the_form_is_given_back_itself()
    {
        byte[] text = Encoding.UTF8.GetBytes("na\u00EFve, \u4E2D\u6587\uFF0C \u0440\u0443\u0441\u043A\u0438\u0439, \u0E01\u0E34\u0E48");
        TextNormalizer normalizer = new(new UnicodeFormStep(NormalizationForm.FormC));
        ReadOnlySpan<byte> normalized = normalizer.Apply(text, SectionPlace.TextStart);
        Assert.True(normalized == text.AsSpan());
    }

    public static TheoryData<NormalizationForm> EachForm() => [.. Forms.All];
}
