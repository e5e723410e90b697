using System.Text;
using System.Text.Json;

namespace WorldTokenizers.Tests.Oracle;

/// <summary>Asks the real libraries, through the script beside this file.</summary>
internal static class OracleScript
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "Oracle", "oracle.cjs");

    /// <summary>The answers of a library to texts, in the order of the texts.</summary>
    /// <param name="kind">Which library.</param>
    /// <param name="source">A <c>tokenizer.json</c>; the name of one of tiktoken's encodings, or a file with one.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="idsAlone">Whether decoded texts are of no use; they are empty then.</param>
    /// <param name="savedPath">Where the Rust library shall write the tokenizer as it understood it.</param>
    public static OracleAnswer[] Ask(
        OracleKind kind, string source, IReadOnlyList<string> texts, bool idsAlone = false, string? savedPath = null)
    {
        using TemporaryFolder folder = new();
        string questions = folder.File("texts.jsonl");
        string answers = folder.File("answers.bin");
        File.WriteAllLines(questions, texts.Select(text => JsonSerializer.Serialize(text)));
        string library = kind.ToString().ToLowerInvariant();
        string[] arguments = [NpmStore.Libraries, library, source, questions, answers, idsAlone ? "ids" : "all", savedPath ?? ""];
        string? problem = NpmCommand.Run(folder.Path, "node", [Script, .. arguments]);
        Assert.True(problem is null, $"{kind} could not be asked of {source}: {problem}");
        using BinaryReader reader = new(File.OpenRead(answers));
        OracleAnswer[] all = new OracleAnswer[texts.Count];
        for (int i = 0; i < all.Length; i++) all[i] = new OracleAnswer(ReadIds(reader), ReadText(reader), ReadText(reader));
        return all;
    }

    private static int[] ReadIds(BinaryReader reader)
    {
        int[] ids = new int[reader.ReadInt32()];
        for (int i = 0; i < ids.Length; i++) ids[i] = reader.ReadInt32();
        return ids;
    }

    private static string ReadText(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadInt32()));
}
