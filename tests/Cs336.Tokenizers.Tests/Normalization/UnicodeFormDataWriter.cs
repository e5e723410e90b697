using System.Text;
using Character = Cs336.Tokenizers.Tests.UnicodeDataFiles.Character;

namespace Cs336.Tokenizers.Tests;

/// <summary>Writes what UnicodeTablesLoader reads.</summary>
internal sealed class UnicodeFormDataWriter
{
    private readonly List<byte> _data = [];

    /// <summary>The numbers of Unicode's files.</summary>
    public static byte[] Encode(IReadOnlyList<Character> characters, IReadOnlySet<int> exclusions)
    {
        UnicodeFormDataWriter writer = new();
        writer.WriteClasses(characters);
        writer.WriteMappings([.. characters.Where(character => character.IsCanonical)]);
        writer.WriteMappings([.. characters.Where(character => !character.IsCanonical && character.Mapping.Length > 0)]);
        writer.WriteExclusions([.. exclusions.Where(UnicodeDataFiles.IsAssigned).Order()]);
        return [.. writer._data];
    }

    /// <summary>The source file that holds the numbers.</summary>
    public static string ToSource(byte[] data)
    {
        StringBuilder source = new();
        source.Append("""
            namespace Cs336.Tokenizers;

            /// <summary>
            /// Combining classes, decompositions and composition exclusions of the Unicode Character Database, as UnicodeTablesLoader reads
            /// them. UnicodeFormDataTests in the tests writes this file.
            /// </summary>
            internal static class UnicodeFormData
            {
                public static ReadOnlySpan<byte> Base64 =>

            """);
        string[] lines = [.. Convert.ToBase64String(data).Chunk(120).Select(line => $"        \"{new string(line)}\"u8")];
        return source.Append(string.Join(" +\n", lines)).Append(";\n}\n").ToString().ReplaceLineEndings("\n");
    }

    private void WriteClasses(IReadOnlyList<Character> characters)
    {
        IEnumerable<Character> marks = characters.Where(character => character.CombiningClass != 0);
        List<List<Character>> runs = Runs(marks, character => character.CombiningClass);
        Write(runs.Count);
        int next = 0;
        foreach (List<Character> run in runs)
        {
            WriteRange(run, ref next);
            Write(run[0].CombiningClass);
        }
    }

    private void WriteMappings(IReadOnlyList<Character> characters)
    {
        List<List<Character>> runs = Runs(characters, character => character.Mapping.Length);
        Write(runs.Count);
        int next = 0;
        int[] last = new int[characters.Max(character => character.Mapping.Length)];
        foreach (List<Character> run in runs)
        {
            WriteRange(run, ref next);
            Write(run[0].Mapping.Length);
            foreach (Character character in run)
            {
                for (int i = 0; i < character.Mapping.Length; i++)
                {
                    int difference = character.Mapping[i] - last[i];
                    Write(difference < 0 ? (-difference << 1) - 1 : difference << 1);
                    last[i] = character.Mapping[i];
                }
            }
        }
    }

    private void WriteExclusions(IReadOnlyList<int> codePoints)
    {
        Write(codePoints.Count);
        for (int i = 0; i < codePoints.Count; i++) Write(codePoints[i] - (i == 0 ? 0 : codePoints[i - 1]));
    }

    private void WriteRange(List<Character> run, ref int next)
    {
        Write(run[0].CodePoint - next);
        Write(run.Count);
        next = run[^1].CodePoint + 1;
    }

    private void Write(int number)
    {
        for (; number >= 0x80; number >>= 7) _data.Add((byte)(number | 0x80));
        _data.Add((byte)number);
    }

    private static List<List<Character>> Runs(IEnumerable<Character> characters, Func<Character, int> kind)
    {
        List<List<Character>> runs = [];
        foreach (Character character in characters)
        {
            Character? last = runs.LastOrDefault()?[^1];
            if (last is null || last.CodePoint + 1 != character.CodePoint || kind(last) != kind(character)) runs.Add([]);
            runs[^1].Add(character);
        }
        return runs;
    }
}
