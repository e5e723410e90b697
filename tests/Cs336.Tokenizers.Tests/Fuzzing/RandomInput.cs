using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Inputs for fuzzing: everything from prose to noise.</summary>
internal static class RandomInput
{
    private static readonly int[] AwkwardCodePoints =
        [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x10400, 0x1F600, 0x10FFFF, 0x2028, 0x85,
            0xA0, 0x3000, 0x200D, 0x301];

    /// <summary>A string without lone surrogates.</summary>
    public static string Text(Random random)
    {
        StringBuilder text = new();
        for (int parts = random.Next(8); parts >= 0; parts--)
        {
            switch (random.Next(6))
            {
                case 0:
                    text.Append(RandomText.Make(random, random.Next(40)));
                    break;
                case 1:
                    for (int i = random.Next(30); i > 0; i--) text.Append(CodePoint(random));
                    break;
                case 2:
                    text.Insert(text.Length, CodePoint(random), random.Next(random.Next(2000) + 1));
                    break;
                case 3:
                    for (int i = random.Next(60); i > 0; i--) text.Append((char)random.Next(128));
                    break;
                case 4:
                    text.Append(random.GetItems(RandomText.SpecialTokens, 1)[0]);
                    break;
                default:
                    text.Append(string.Concat(Enumerable.Repeat(random.Next(2) == 0 ? "a'" : " \n", random.Next(200))));
                    break;
            }
        }
        return text.ToString();
    }

    /// <summary>Bytes that are often not UTF-8: noise, or a text with damage.</summary>
    public static byte[] Bytes(Random random)
    {
        if (random.Next(2) == 0)
        {
            byte[] noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            return noise;
        }
        byte[] damaged = Encoding.UTF8.GetBytes(Text(random));
        for (int i = random.Next(10); i > 0 && damaged.Length > 0; i--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
        return damaged[..random.Next(damaged.Length + 1)];
    }

    private static string CodePoint(Random random)
    {
        int value = random.Next(4) switch
        {
            0 => AwkwardCodePoints[random.Next(AwkwardCodePoints.Length)],
            1 => random.Next(0x110000),
            2 => random.Next(0x3000),
            _ => 0x4E00 + random.Next(0x100),
        };
        return (Rune.IsValid(value) ? new Rune(value) : Rune.ReplacementChar).ToString();
    }
}
