using System.Text;
using Cs336.Alphabet;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>The tokenizer in a GGUF file.</summary>
public static class GgufTokenizer
{
    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or its tokenizer is none over bytes (<c>tokenizer.ggml.model</c> <c>gpt2</c>), or cuts text by a pattern that
    /// is not known here (<c>tokenizer.ggml.pre</c>).
    /// </exception>
    public static BpeModel Load(string path)
    {
        using GgufFile file = new(path);
        return Read(file);
    }

    /// <summary>Reads the tokenizer of an open file.</summary>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static BpeModel Read(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Keys.GetValueOrDefault(GgufNames.TokenizerModel) is var kind && kind as string != GgufNames.Gpt2)
            throw Refuse(file, $"has the {GgufNames.TokenizerModel} {Show(kind)}; expected {GgufNames.Gpt2}");
        object? pre = file.Keys.GetValueOrDefault(GgufNames.Pre);
        if (pre is not string name || GgufPatterns.Find(name) is not (IPreTokenizer pattern, bool ignoresMerges))
            throw Refuse(file, $"has the {GgufNames.Pre} {Show(pre)}; known here are {string.Join(", ", GgufPatterns.Names)}");
        string[] tokens = ArrayOf<string>(file, GgufNames.Tokens);
        int[] types = file.Keys.ContainsKey(GgufNames.TokenTypes) ? ArrayOf<int>(file, GgufNames.TokenTypes)
            : [.. tokens.Select(_ => (int)GgufTokenType.Normal)];
        if (types.Length != tokens.Length) throw Refuse(file, $"has {tokens.Length} tokens, but {types.Length} types of tokens");
        Dictionary<string, int> ids = new(tokens.Length);
        for (int id = 0; id < tokens.Length; id++)
            if (!ids.TryAdd(tokens[id], id)) throw Refuse(file, $"has the token {Show(tokens[id])} twice, as {ids[tokens[id]]} and {id}");
        BpeMerge[] merges = [.. ArrayOf<string>(file, GgufNames.Merges).Select(merge => ReadMerge(file, merge, ids))];
        List<AddedToken> added = [];
        byte[]?[] vocabulary = [.. tokens.Select((text, id) => ReadToken(file, text, id, (GgufTokenType)types[id], added))];
        try
        {
            return new BpeModel(vocabulary, merges, added, pattern, ignoresMerges);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{file.Path} holds no sound tokenizer: {exception.Message}", exception);
        }
    }

    private static byte[]? ReadToken(GgufFile file, string text, int id, GgufTokenType type, List<AddedToken> added)
    {
        switch (type)
        {
            case GgufTokenType.Unused:
                return null;
            case GgufTokenType.Normal:
                // One that is not spelled in the alphabet is never made by merges, and decoded as it stands.
                return Gpt2ByteAlphabet.TryRead(text) ?? Encoding.UTF8.GetBytes(text);
            case GgufTokenType.Control or GgufTokenType.Unknown or GgufTokenType.UserDefined:
                added.Add(new AddedToken(text, id) { IsSpecial = type != GgufTokenType.UserDefined });
                return Encoding.UTF8.GetBytes(text);
            default:
                throw Refuse(file, $"gives the token {id} the type {(int)type}, which such tokenizers do not have");
        }
    }

    private static BpeMerge ReadMerge(GgufFile file, string merge, Dictionary<string, int> ids)
    {
        int space = merge.Length == 0 ? -1 : merge.IndexOf(' ', 1);
        return space > 0 && ids.TryGetValue(merge[..space], out int left) && ids.TryGetValue(merge[(space + 1)..], out int right)
            && ids.TryGetValue(merge.Remove(space, 1), out int result)
            ? new BpeMerge(left, right, result)
            : throw Refuse(file, $"has the merge {Show(merge)}, which is not of two tokens that become a third");
    }

    private static T[] ArrayOf<T>(GgufFile file, string key) => file.Keys.GetValueOrDefault(key) as T[]
        ?? throw Refuse(file, $"has no {key} of type {typeof(T).Name}");

    private static string Show(object? value) => value is null ? "of no value" : $"'{SafetensorsEntry.Cut($"{value}")}'";

    private static InvalidDataException Refuse(GgufFile file, string problem) => new($"{file.Path} {problem}.");
}
