using System.Text.Json.Nodes;

namespace Cs336.Benchmarks;

/// <summary>A call and its arguments by name.</summary>
internal sealed class Request(string call, JsonObject arguments, IReadOnlyList<(ScalarType Type, long[] Shape, byte[] Bytes)> tensors)
{
    /// <summary>The name of the course's function, or of one that the bridge adds to it.</summary>
    public string Call => call;

    /// <summary>Whether it needs libtorch: tokenizers are served without loading it.</summary>
    public bool NeedsLibTorch => tensors.Count > 0 || call is "run_get_batch";

    public int Int(string name) => Node(name).GetValue<int>();

    public long Long(string name) => Node(name).GetValue<long>();

    public double Double(string name) => Node(name).GetValue<double>();

    public string Text(string name) => Node(name).GetValue<string>();

    public JsonArray List(string name) => Node(name).AsArray();

    public Tensor Tensor(string name) => OptionalTensor(name) ?? throw Missing(name);

    public Tensor? OptionalTensor(string name) => ToTensor(arguments[name]);

    /// <summary>A list of tensors, of which some may be absent.</summary>
    public Tensor?[] Tensors(string name) => [.. List(name).Select(ToTensor)];

    public Dictionary<string, Tensor> NamedTensors(string name) =>
        Node(name).AsObject().ToDictionary(item => item.Key, item => ToTensor(item.Value) ?? throw Missing(item.Key));

    /// <summary>Ids, which stay an array: no libtorch is needed for them.</summary>
    public int[] Ids(string name) => [.. List(name).Select(id => id!.GetValue<int>())];

    private JsonNode Node(string name) => arguments[name] ?? throw Missing(name);

    private Tensor? ToTensor(JsonNode? node)
    {
        if (node is null) return null;
        (ScalarType type, long[] shape, byte[] bytes) = tensors[node["tensor"]!.GetValue<int>()];
        Tensor tensor = empty(shape, dtype: type);
        bytes.CopyTo(tensor.bytes);
        return tensor;
    }

    private ArgumentException Missing(string name) => new($"{call} needs {name}.");
}
