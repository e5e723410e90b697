using System.Text;
using System.Text.Json.Nodes;

namespace Cs336.Benchmarks;

/// <summary>
/// Messages in both directions: a line of JSON, and then the bytes of the tensors that it names, in their order. A tensor stands in
/// the JSON as <c>{"tensor": index}</c>; types and shapes are under <c>tensors</c>.
/// </summary>
internal sealed class Channel(Stream input, Stream output)
{
    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["float32"] = ScalarType.Float32,
        ["float64"] = ScalarType.Float64,
        ["int32"] = ScalarType.Int32,
        ["int64"] = ScalarType.Int64,
        ["bool"] = ScalarType.Bool,
    };

    /// <summary>The next call; null at the input's end.</summary>
    public Request? Read()
    {
        if (ReadLine() is not byte[] line) return null;
        JsonNode head = JsonNode.Parse(line)!;
        List<(ScalarType Type, long[] Shape, byte[] Bytes)> tensors = [];
        foreach (JsonNode? description in head["tensors"]!.AsArray())
        {
            string name = description!["type"]!.GetValue<string>();
            if (!Types.TryGetValue(name, out ScalarType type))
                throw new InvalidDataException($"A tensor has the type {name}; expected one of {string.Join(", ", Types.Keys)}.");
            long[] shape = [.. description["shape"]!.AsArray().Select(size => size!.GetValue<long>())];
            byte[] bytes = new byte[description["bytes"]!.GetValue<int>()];
            input.ReadExactly(bytes);
            tensors.Add((type, shape, bytes));
        }
        return new Request(head["call"]!.GetValue<string>(), head["arguments"]!.AsObject(), tensors);
    }

    /// <summary>Answers a call.</summary>
    /// <param name="value">Numbers, texts, tensors, JSON, and lists and dictionaries of them.</param>
    public void Write(object? value)
    {
        List<Tensor> tensors = [];
        JsonObject head = new() { ["value"] = ToJson(value, tensors) };
        head["tensors"] = new JsonArray([.. tensors.Select(tensor => (JsonNode)new JsonObject
        {
            ["type"] = Types.First(item => item.Value == tensor.dtype).Key,
            ["shape"] = new JsonArray([.. tensor.shape.Select(size => JsonValue.Create(size))]),
        })]);
        WriteLine(head);
        foreach (Tensor tensor in tensors)
        {
            using Tensor whole = tensor.detach().contiguous();
            output.Write(whole.bytes);
        }
        output.Flush();
    }

    /// <summary>Answers that a call failed.</summary>
    public void WriteError(string message)
    {
        WriteLine(new JsonObject { ["error"] = message, ["tensors"] = new JsonArray() });
        output.Flush();
    }

    private static JsonNode? ToJson(object? value, List<Tensor> tensors)
    {
        switch (value)
        {
            case null:
                return null;
            case Tensor tensor:
                tensors.Add(tensor);
                return new JsonObject { ["tensor"] = tensors.Count - 1 };
            case JsonNode node:
                return node;
            case IEnumerable<KeyValuePair<string, Tensor>> named:
                return new JsonObject([.. named.Select(item => KeyValuePair.Create(item.Key, ToJson(item.Value, tensors)))]);
            case IEnumerable<Tensor?> list:
                return new JsonArray([.. list.Select(item => ToJson(item, tensors))]);
            default:
                return JsonValue.Create(value);
        }
    }

    private byte[]? ReadLine()
    {
        using MemoryStream line = new();
        for (int next = input.ReadByte(); next != '\n'; next = input.ReadByte())
        {
            if (next < 0) return line.Length == 0 ? null : throw new EndOfStreamException("The input ends in the middle of a message.");
            line.WriteByte((byte)next);
        }
        return line.ToArray();
    }

    private void WriteLine(JsonObject head) => output.Write(Encoding.UTF8.GetBytes(head.ToJsonString() + "\n"));
}
