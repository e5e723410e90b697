using System.Globalization;

namespace Cs336.Tokenizers.Tests;

/// <summary>
/// Files of the Unicode Character Database: in the folder that <see cref="Variable"/> names, or where Debian's unicode-data puts them.
/// </summary>
internal static class UnicodeDataFiles
{
    public const string Variable = "CS336_UNICODE_DATA";

    public const string CharactersName = "UnicodeData.txt", ExclusionsName = "CompositionExclusions.txt";

    public const string TestName = "NormalizationTest.txt";

    private static readonly string Folder = Environment.GetEnvironmentVariable(Variable) ?? "/usr/share/unicode";

    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Why a test cannot read files; null where it can.</summary>
    public static string? WhyNot(params string[] names)
    {
        string[] missing = [.. names.Where(name => !File.Exists(PathOf(name)))];
        return missing.Length == 0 ? null : $"{Folder} has no {string.Join(" and no ", missing)}; {Variable} can name another folder";
    }

    /// <summary>The characters that this .NET knows, of a file that may be of a later Unicode version: they do not change.</summary>
    public static List<Character> ReadCharacters()
    {
        List<Character> characters = [];
        foreach (string line in File.ReadLines(PathOf(CharactersName)))
        {
            string[] fields = line.Split(';');
            string[] mapping = fields[5].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool isCanonical = mapping.Length > 0 && mapping[0][0] != '<';
            int[] parts = [.. mapping.Skip(isCanonical ? 0 : 1).Select(ReadCodePoint)];
            Character character = new(ReadCodePoint(fields[0]), byte.Parse(fields[3], CultureInfo.InvariantCulture), parts, isCanonical);
            if (IsAssigned(character.CodePoint)) characters.Add(character);
        }
        return characters;
    }

    public static HashSet<int> ReadExclusions() =>
    [
        .. File.ReadLines(PathOf(ExclusionsName)).Select(line => line.Split('#')[0].Trim()).Where(text => text.Length > 0)
            .Select(ReadCodePoint),
    ];

    public static bool IsAssigned(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint) != UnicodeCategory.OtherNotAssigned;

    public static int ReadCodePoint(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>What a line of UnicodeData.txt tells that normalization needs.</summary>
    internal sealed record Character(int CodePoint, byte CombiningClass, int[] Mapping, bool IsCanonical);
}
