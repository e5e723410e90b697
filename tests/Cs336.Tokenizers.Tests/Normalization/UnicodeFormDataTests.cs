using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Cs336.Testing;
using Character = Cs336.Tokenizers.Tests.UnicodeDataFiles.Character;

namespace Cs336.Tokenizers.Tests;

/// <summary>
/// Holds the tables in the source to Unicode's own files. With CS336_WRITE_UNICODE=1 it writes them; CS336_UNICODE_DATA names the folder
/// with UnicodeData.txt and CompositionExclusions.txt, of the Unicode version of this .NET or a later one.
/// </summary>
public class UnicodeFormDataTests
{
    [DataFact]
    public void The_tables_are_those_of_unicodes_files()
    {
        byte[] data = UnicodeFormDataWriter.Encode(UnicodeDataFiles.ReadCharacters(), UnicodeDataFiles.ReadExclusions());
        if (Environment.GetEnvironmentVariable("CS336_WRITE_UNICODE") == "1")
        {
            string source = Path.Combine(RepositoryRoot.Path, "src", "Cs336.Tokenizers", "Normalization", "UnicodeFormData.cs");
            File.WriteAllText(source, UnicodeFormDataWriter.ToSource(data));
            Assert.Fail($"{source} has been written anew: {data.Length:N0} bytes. Build and run again.");
        }
        byte[] known = new byte[Base64.GetMaxDecodedFromUtf8Length(UnicodeFormData.Base64.Length)];
        Base64.DecodeFromUtf8(UnicodeFormData.Base64, known, out _, out int length);
        Assert.Equal(data, known[..length]);
    }

    [Fact]
    public void The_source_is_written_as_it_stands()
    {
        string path = Path.Combine(RepositoryRoot.Path, "src", "Cs336.Tokenizers", "Normalization", "UnicodeFormData.cs");
        byte[] data = Convert.FromBase64String(Encoding.ASCII.GetString(UnicodeFormData.Base64));
        Assert.Equal(UnicodeFormDataWriter.ToSource(data), File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private sealed class DataFactAttribute : FactAttribute
    {
        public DataFactAttribute()
        {
            Skip = UnicodeDataFiles.WhyNot(UnicodeDataFiles.CharactersName, UnicodeDataFiles.ExclusionsName);
            if (Skip is null && !KnowsAll(UnicodeDataFiles.ReadCharacters()))
            {
                Skip = $"{UnicodeDataFiles.PathOf(UnicodeDataFiles.CharactersName)} is of an older Unicode version than this .NET";
            }
        }

        // Every Unicode version has come with new marks.
        private static bool KnowsAll(List<Character> characters)
        {
            HashSet<int> known = [.. characters.Select(character => character.CodePoint)];
            return Enumerable.Range(0, 0x20000)
                .Where(codePoint => CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.NonSpacingMark)
                .All(known.Contains);
        }
    }
}
