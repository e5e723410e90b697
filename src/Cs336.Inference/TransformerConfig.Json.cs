using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Json;
using Cs336.Tokenizers;

namespace Cs336.Inference;

// From JSON and back.
public sealed partial record TransformerConfig
{
    private const int MaxFileBytes = 1 << 20;

    /// <summary>Reads a configuration from JSON and checks it.</summary>
    /// <param name="json">A JSON object with the course's names; unknown, missing or doubled keys are refused.</param>
    /// <exception cref="InvalidDataException">The JSON is malformed, or the configuration it holds is not sound.</exception>
    public static TransformerConfig Parse(string json) => Parse(json, "the configuration");

    /// <summary>Reads a configuration file and checks it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or larger than a megabyte, or the configuration it holds is not
    /// sound.</exception>
    public static TransformerConfig Load(string path)
    {
        using FileStream file = FileOperations.OpenRead(path);
        if (file.Length > MaxFileBytes)
            throw new InvalidDataException(
                $"{path} has {file.Length} bytes, but a model configuration has at most {MaxFileBytes}: is it another kind of file?");
        using StreamReader reader = new(file);
        return Parse(reader.ReadToEnd(), path);
    }

    /// <summary>The configuration as indented JSON with the course's names.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, TransformerConfigJson.Default.TransformerConfig);

    private static TransformerConfig Parse(string json, string source)
    {
        json = JsonText.WithoutByteOrderMark(json);
        TransformerConfig config;
        try
        {
            config = WithDefaults(JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }))
                ?.Deserialize(TransformerConfigJson.Default.TransformerConfig)
                ?? throw new InvalidDataException($"{source} is JSON null; expected an object with vocab_size, d_model and so on.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{source} is not a model configuration: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // Thrown for a string that is not valid text.
            string place = JsonText.FindBroken(Encoding.UTF8.GetBytes(json)) is string found ? $"a string at {found}" : "the text";
            throw new InvalidDataException($"{source} is not a model configuration: {place} holds half a surrogate pair.", exception);
        }
        IReadOnlyList<string> problems = config.FindProblems();
        if (problems.Count > 0) throw new InvalidDataException($"{source} is not sound: {string.Join(" ", problems)}");
        return config;
    }

    /// <summary>Adds the defaults that are not zero: source-generated JSON ignores the initial values of init-only properties.</summary>
    private static JsonNode? WithDefaults(JsonNode? json)
    {
        if (json is JsonObject values)
        {
            values.TryAdd("rope_theta", 10_000.0);
            values.TryAdd("eps", 1e-5);
        }
        return json;
    }
}
