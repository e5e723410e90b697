using System.Globalization;
using System.Text;

namespace WorldTokenizers.Tests.Texts;

/// <summary>Each assigned character between letters, digits, spaces and signs, a few dozen characters in a text.</summary>
internal static class EveryCharacter
{
    private const int CharactersInText = 40;
    private const int Step = 64;

    // Of ranges whose characters are all alike, every so manieth is enough.
    private static readonly (int First, int Last)[] UniformRanges =
    [
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xF8FF),
        (0x17000, 0x18CFF), (0x20000, 0x323AF), (0xF0000, 0x10FFFF),
    ];

    /// <summary>The texts.</summary>
    public static IReadOnlyList<string> Texts { get; } =
        [.. Characters().Chunk(CharactersInText).Select(characters => string.Concat(characters.Select(c => $"a{c}A{c}1{c} {c}!{c}\n{c}")))];

    private static IEnumerable<Rune> Characters() =>
        from value in Enumerable.Range(0, 0x110000)
        where Rune.IsValid(value) && (value % Step == 0 || !UniformRanges.Any(range => value > range.First && value < range.Last))
        where Rune.GetUnicodeCategory(new Rune(value)) != UnicodeCategory.OtherNotAssigned
        select new Rune(value);
}
