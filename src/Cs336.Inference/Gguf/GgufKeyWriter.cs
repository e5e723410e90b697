using System.Text;

namespace Cs336.Inference;

/// <summary>The keys of a GGUF file with their values, as bytes.</summary>
internal sealed class GgufKeyWriter
{
    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    public GgufKeyWriter() => _writer = new BinaryWriter(_bytes);

    /// <summary>How many keys there are.</summary>
    public ulong Count { get; private set; }

    public void Add(string key, string value)
    {
        Begin(key, GgufValueType.Text);
        WriteText(_writer, value);
    }

    public void Add(string key, uint value)
    {
        Begin(key, GgufValueType.UInt32);
        _writer.Write(value);
    }

    public void Add(string key, int value)
    {
        Begin(key, GgufValueType.Int32);
        _writer.Write(value);
    }

    public void Add(string key, float value)
    {
        Begin(key, GgufValueType.Float32);
        _writer.Write(value);
    }

    public void Add(string key, bool value)
    {
        Begin(key, GgufValueType.Bool);
        _writer.Write(value);
    }

    public void Add(string key, IReadOnlyList<string> values)
    {
        BeginArray(key, GgufValueType.Text, values.Count);
        foreach (string value in values) WriteText(_writer, value);
    }

    public void Add(string key, IReadOnlyList<int> values)
    {
        BeginArray(key, GgufValueType.Int32, values.Count);
        foreach (int value in values) _writer.Write(value);
    }

    public void WriteTo(Stream destination)
    {
        _writer.Flush();
        _bytes.WriteTo(destination);
    }

    public static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void Begin(string key, GgufValueType type)
    {
        Count++;
        WriteText(_writer, key);
        _writer.Write((uint)type);
    }

    private void BeginArray(string key, GgufValueType type, int count)
    {
        Begin(key, GgufValueType.Array);
        _writer.Write((uint)type);
        _writer.Write((ulong)count);
    }
}
