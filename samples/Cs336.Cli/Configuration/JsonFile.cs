using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Json;

namespace Cs336.Cli;

/// <summary>JSON that people write and programs leave: comments and trailing commas are allowed.</summary>
internal static class JsonFile
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowDuplicateProperties = false,
        CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a file that holds an object.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    public static JsonObject Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no {path}: name a JSON file.", path);
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>Reads an object.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static JsonObject Parse(string text, string source)
    {
        text = JsonText.WithoutByteOrderMark(text);
        try
        {
            // The parser finds half a character only when the string is read.
            if (JsonText.FindBroken(Encoding.UTF8.GetBytes(text)) is string place)
                throw new InvalidDataException($"{source} holds half a surrogate pair in a string at {place}.");
            return JsonNode.Parse(text, documentOptions: Lenient) as JsonObject
                ?? throw new InvalidDataException($"{source} holds no JSON object.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source} is not JSON: {JsonMessage.Of(exception)}", exception);
        }
    }
}
