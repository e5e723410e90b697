using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class Gpt2ScannerTests
{
    private delegate int Scan(ReadOnlySpan<byte> text, Span<int> ends);

    // Vector types run everywhere, in software where there is no such hardware, so every machine tests all of them.
    private static readonly (string Name, Scan Scan)[] Scanners =
    [
        ("512", Gpt2Scanner.Split<Vector512Classifier>), ("256", Gpt2Scanner.Split<Vector256Classifier>),
        ("128", Gpt2Scanner.Split<Vector128Classifier>), ("scalar", Gpt2Scanner.Split<ScalarClassifier>),
    ];

    private static readonly string[] Parts =
    [
        "a", "Z", "the", "xyzzy", " ", " ", "  ", "     ", "\t", "\n", "\r\n", "\u000b", "\u001c", "\0", "\u007f", "\u0085", "\u00a0",
        "\u2003", "\u3000", "'", "'", "''", "'s", "'S", "'ll", "'l", "'ve", "'v", "'re", "'r", "'d", "'m", "'t", "s", "l", "ve", "0", "9",
        "1234", "½", "٣", "Ⅷ", ".", "@[`{/:", "...", "é", "ß", "ﬁ", "日", "本語", "Ж", "\u0301", "\u200d", "€", "𐐀", "🙂", "𝟘", "\U000E0041",
    ];

    private static readonly byte[][] MalformedParts =
        [[0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x99], [0xF5], [0xFF, 0xFE],
            [0xF4, 0x90, 0x80, 0x80]];

    [Fact]
    public void Every_classifier_knows_every_byte()
    {
        for (int value = 0; value < 256; value++)
        {
            byte[] block = new byte[64];
            Array.Fill(block, (byte)'.');
            block[value % 64] = (byte)value;
            ulong bit = 1UL << (value % 64);
            CharClass? expected = value < 128 ? CharClasses.OfAscii((byte)value) : null;
            foreach (ByteClasses classes in (ByteClasses[])
                [Vector512Classifier.Classify(block), Vector256Classifier.Classify(block), Vector128Classifier.Classify(block),
                    ScalarClassifier.Classify(block)])
            {
                Assert.Equal(expected == CharClass.Letter ? bit : 0, classes.Letters);
                Assert.Equal(expected == CharClass.Number ? bit : 0, classes.Numbers);
                Assert.Equal(expected == CharClass.Space ? bit : 0, classes.Spaces);
                Assert.Equal(value == ' ' ? bit : 0, classes.Blanks);
                Assert.Equal(value == '\'' ? bit : 0, classes.Apostrophes);
                Assert.Equal(expected is null ? bit : 0, classes.NonAscii);
            }
            foreach ((int first, int count) in (ReadOnlySpan<(int, int)>)[('\n', 1), ('A', 26), ('/', 1), (0, 128)])
            {
                // The other bytes are full stops.
                ulong others = first <= '.' && first + count > '.' ? ~bit : 0;
                ulong isInRange = (value >= first && value < first + count ? bit : 0) | others;
                Assert.Equal(isInRange, Vector512Classifier.InRange(block, (byte)first, (byte)count));
                Assert.Equal(isInRange, Vector256Classifier.InRange(block, (byte)first, (byte)count));
                Assert.Equal(isInRange, Vector128Classifier.InRange(block, (byte)first, (byte)count));
                Assert.Equal(isInRange, ScalarClassifier.InRange(block, (byte)first, (byte)count));
            }
        }
    }

    [Fact]
    public void Every_code_point_has_the_class_of_its_rune()
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int value = 0; value <= 0x10FFFF; value++)
        {
            if (!Rune.TryCreate(value, out Rune rune)) continue;
            int written = rune.EncodeToUtf8(bytes);

            if (CodePointClasses.Read(bytes[..written], 0, out int length) != CharClasses.Of(rune) || length != written)
                Assert.Fail($"U+{value:X4}");
        }
    }

    [Fact]
    public void Every_two_and_three_bytes_that_are_not_ASCII_are_scanned_alike_alone_and_among_their_neighbours()
    {
        List<byte> text = [];
        for (int first = 0xC0; first < 0xF0; first++)
        {
            for (int second = 0x80; second < 0xC0; second++)
            {
                for (int third = 0x80; third < 0xC0; third++)
                {
                    text.AddRange(first < 0xE0 ? [(byte)first, (byte)second] : [(byte)first, (byte)second, (byte)third]);
                    if (first < 0xE0) break;
                    if (third % 7 == 0) text.Add((byte)'a');
                }
            }
        }
        byte[] dense = [.. text];
        byte[] apart = [.. text.SelectMany((value, i) => value >= 0xC0 && i % 3 != 1 ? (byte[])[(byte)'a', value] : [value])];
        foreach (byte[] bytes in (byte[][])[dense, apart])
        {
            List<int> expected = CodePointScanner.Ends(bytes);
            int[] ends = new int[bytes.Length + 64];
            foreach ((string name, Scan scan) in Scanners)
            {
                int count = scan(bytes, ends);

                Assert.True(expected.SequenceEqual(ends[..count]), name);
            }
        }
    }

    [Fact]
    public void Equals_the_scan_by_code_point_on_random_bytes()
    {
        int[] ends = new int[4096];
        for (int seed = 0; seed < 5000; seed++)
        {
            Random random = new(seed);
            byte[] text = Make(random);
            List<int> expected = CodePointScanner.Ends(text);
            foreach ((string name, Scan scan) in Scanners)
            {
                int count = scan(text, ends);

                if (!expected.SequenceEqual(ends[..count])) Assert.Fail($"seed {seed}, {name}: {Convert.ToHexString(text)}");
            }
        }
    }

    [Fact]
    public void Fills_what_it_is_given_and_goes_on_from_there()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            byte[] text = Make(random);
            List<int> expected = CodePointScanner.Ends(text);
            int[] ends = new int[1 + random.Next(40)];
            foreach ((string name, Scan scan) in Scanners)
            {
                List<int> all = [];
                for (int start = 0; start < text.Length; start = all[^1])
                {
                    int count = scan(text.AsSpan(start), ends);
                    Assert.Equal(Math.Min(ends.Length, expected.Count - all.Count), count);
                    all.AddRange(ends[..count].Select(end => start + end));
                }
                if (!expected.SequenceEqual(all)) Assert.Fail($"seed {seed}, {name}");
            }
        }
    }

    [SharedDataFact("corpora/tinyshakespeare.txt")]
    public void Equals_the_scan_by_code_point_on_a_corpus()
    {
        byte[] text = File.ReadAllBytes(SharedData.TryFind("corpora/tinyshakespeare.txt")!);
        int[] ends = new int[text.Length];

        int count = Gpt2PreTokenizer.Instance.Split(text, ends);

        Assert.Equal(CodePointScanner.Ends(text), ends[..count]);
    }

    private static byte[] Make(Random random)
    {
        List<byte> text = [];
        byte[][] kinds = [.. random.GetItems(Parts, 1 + random.Next(12)).Select(Encoding.UTF8.GetBytes)];
        if (random.Next(4) == 0) kinds = [.. kinds, .. random.GetItems(MalformedParts, 1 + random.Next(3))];
        for (int parts = random.Next(120); parts > 0; parts--) text.AddRange(kinds[random.Next(kinds.Length)]);
        return [.. text];
    }
}
