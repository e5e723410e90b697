using System.Globalization;

namespace Cs336.Inference;

/// <summary>The shape of the model in a GGUF file of architecture <c>llama</c>, checked to be one that this library computes.</summary>
internal static class GgufModel
{
    /// <summary>Reads the shape, and compares the file's tensors with it.</summary>
    /// <exception cref="InvalidDataException">The file holds another architecture, or more than this library computes.</exception>
    public static TransformerConfig ReadConfig(GgufFile file)
    {
        if (TextOf(file, GgufNames.Architecture) is var architecture && architecture != GgufNames.Llama)
            throw Refuse(file, GgufNames.Architecture, architecture, $"this library computes {GgufNames.Llama}");
        const string Scaling = "llama.rope.scaling.type", None = "none";
        if (file.Keys.GetValueOrDefault(Scaling) is object scaling && scaling as string != None) throw Refuse(file, Scaling, scaling, None);
        int heads = NumberOf(file, GgufNames.Heads);
        TransformerConfig config = new()
        {
            VocabSize = NumberOf(
                file, GgufNames.VocabSize, (int)Math.Min(int.MaxValue, file.Find(GgufNames.EmbeddingsTensor)?.Shape[0] ?? 0)),
            ContextLength = NumberOf(file, GgufNames.ContextLength),
            DModel = NumberOf(file, GgufNames.Width),
            NumLayers = NumberOf(file, GgufNames.Layers),
            NumHeads = heads,
            NumKvHeads = NumberOf(file, GgufNames.KeyValueHeads, heads) is int groups && groups != heads ? groups : null,
            DFf = NumberOf(file, GgufNames.Inner),
            Epsilon = RealOf(file, GgufNames.Epsilon, 1e-5),
            RopeTheta = RealOf(file, GgufNames.RopeTheta, 10_000),
            TiedEmbeddings = file.Find(GgufNames.HeadTensor) is null,
        };
        IReadOnlyList<string> problems = config.FindProblems();
        if (problems.Count > 0) throw new InvalidDataException($"{file.Path} is not sound: {string.Join(" ", problems)}");
        foreach (string key in (string[])[GgufNames.Rotated, "llama.attention.key_length", "llama.attention.value_length"])
            if (NumberOf(file, key, config.HeadSize) is int size && size != config.HeadSize)
                throw Refuse(file, key, size, $"{config.HeadSize}, the size of a head");
        CheckTensors(config, file);
        return config;
    }

    private static void CheckTensors(TransformerConfig config, GgufFile file)
    {
        HashSet<string> left = [.. file.Tensors.Select(tensor => tensor.Name)];
        if (config.NumLayers > left.Count) // before their names are gone through
            throw Refuse(file, GgufNames.Layers, config.NumLayers, $"no more than the {left.Count} tensors of the file have room for");
        ProblemList problems = new();
        foreach (GgufTensor tensor in GgufTensor.Of(config))
        {
            if (!left.Remove(tensor.Name)) problems.Add($"{tensor.Name} is missing");
            else if (file.Find(tensor.Name)! is var found && !found.Shape.SequenceEqual(tensor.Shape))
                problems.Add($"{found} was found, expected ({string.Join(", ", tensor.Shape)})");
        }
        foreach (string name in left) problems.Add($"{name} is unknown");
        if (problems.Count > 0)
            throw new InvalidDataException($"The tensors of {file.Path} are not those of a model that this library computes: {problems}.");
    }

    private static string TextOf(GgufFile file, string key) => file.Keys.GetValueOrDefault(key) as string
        ?? throw new InvalidDataException($"{file.Path} has no text {key}.");

    private static int NumberOf(GgufFile file, string key, int? otherwise = null)
    {
        if (!file.Keys.TryGetValue(key, out object? value))
            return otherwise ?? throw new InvalidDataException($"{file.Path} has no {key}, which a model needs.");
        return value switch
        {
            uint number and <= int.MaxValue => (int)number,
            ulong number and <= int.MaxValue => (int)number,
            int number and >= 0 => number,
            long number and >= 0 and <= int.MaxValue => (int)number,
            ushort number => number,
            _ => throw Refuse(file, key, value, $"a whole number of at most {int.MaxValue}"),
        };
    }

    private static double RealOf(GgufFile file, string key, double otherwise) => file.Keys.GetValueOrDefault(key) switch
    {
        null => otherwise,
        // 1e-5 as a single is another number than as a double: the one that was written is the shortest that gives the single.
        float number => double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        double number => number,
        object value => throw Refuse(file, key, value, "a number with a point"),
    };

    private static InvalidDataException Refuse(GgufFile file, string key, object value, string expected)
    {
        string shown = value is Array array ? $"an array of {array.Length}" : SafetensorsEntry.Cut($"{value}");
        return new InvalidDataException($"{file.Path} has the {key} {shown}; expected {expected}.");
    }
}
