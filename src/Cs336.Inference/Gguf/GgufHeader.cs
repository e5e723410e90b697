namespace Cs336.Inference;

/// <summary>Keys and tensors of a GGUF file, read and checked.</summary>
internal sealed class GgufHeader
{
    private const uint Magic = 0x46554747, DefaultAlignment = 32; // GGUF, little-endian
    private const int MaxDimensions = 4, MinKeyBytes = 8 + 4 + 1, MinTensorBytes = 8 + 4 + 4 + 8;
    private readonly GgufBytes _bytes;

    /// <exception cref="InvalidDataException">The header is not sound.</exception>
    public GgufHeader(GgufBytes bytes)
    {
        _bytes = bytes;
        if (bytes.ReadUInt32() != Magic) throw Refuse("does not begin with GGUF: it is another kind of file");
        uint version = bytes.ReadUInt32();
        if (version is not (2 or 3)) throw Refuse($"has version {version} of GGUF; this library reads 2 and 3, little-endian");
        int tensors = bytes.ReadCount("tensors", MinTensorBytes), keys = bytes.ReadCount("keys", MinKeyBytes);
        for (int i = 0; i < keys; i++)
        {
            string key = bytes.ReadText("key");
            if (!Keys.TryAdd(key, ReadValue(key))) throw Refuse($"has the key '{SafetensorsEntry.Cut(key)}' twice");
        }
        ReadTensors(tensors, Alignment());
    }

    /// <summary>The values by their keys.</summary>
    public Dictionary<string, object> Keys { get; } = [];

    /// <summary>The tensors, and where in the file they begin.</summary>
    public Dictionary<string, (GgufEntry Entry, long Offset)> Tensors { get; } = [];

    private object ReadValue(string key)
    {
        GgufValueType type = (GgufValueType)_bytes.ReadUInt32();
        return type == GgufValueType.Array ? ReadArray(key) : ReadScalar(key, type);
    }

    private object ReadScalar(string key, GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => (byte)_bytes.ReadNumber(1),
        GgufValueType.Int8 => (sbyte)_bytes.ReadNumber(1),
        GgufValueType.UInt16 => (ushort)_bytes.ReadNumber(2),
        GgufValueType.Int16 => (short)_bytes.ReadNumber(2),
        GgufValueType.UInt32 => _bytes.ReadUInt32(),
        GgufValueType.Int32 => (int)_bytes.ReadUInt32(),
        GgufValueType.Float32 => BitConverter.UInt32BitsToSingle(_bytes.ReadUInt32()),
        GgufValueType.Bool => _bytes.ReadNumber(1) != 0,
        GgufValueType.Text => _bytes.ReadText($"value of {SafetensorsEntry.Cut(key)}"),
        GgufValueType.UInt64 => _bytes.ReadNumber(8),
        GgufValueType.Int64 => (long)_bytes.ReadNumber(8),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(_bytes.ReadNumber(8)),
        _ => throw Refuse($"gives the key '{SafetensorsEntry.Cut(key)}' a value of type {(uint)type}, which is not read here"),
    };

    private object ReadArray(string key)
    {
        GgufValueType type = (GgufValueType)_bytes.ReadUInt32();
        string what = $"values of {SafetensorsEntry.Cut(key)}";
        return type switch
        {
            GgufValueType.Text => ReadAll<string>(8),
            GgufValueType.Int32 => ReadAll<int>(4),
            GgufValueType.UInt32 => ReadAll<uint>(4),
            GgufValueType.Float32 => ReadAll<float>(4),
            GgufValueType.UInt8 => ReadAll<byte>(1),
            GgufValueType.Int8 => ReadAll<sbyte>(1),
            GgufValueType.UInt16 => ReadAll<ushort>(2),
            GgufValueType.Int16 => ReadAll<short>(2),
            GgufValueType.Bool => ReadAll<bool>(1),
            GgufValueType.UInt64 => ReadAll<ulong>(8),
            GgufValueType.Int64 => ReadAll<long>(8),
            GgufValueType.Float64 => ReadAll<double>(8),
            _ => throw Refuse($"gives the key '{SafetensorsEntry.Cut(key)}' an array of type {(uint)type}, which is not read here"),
        };

        T[] ReadAll<T>(int leastBytes)
        {
            T[] values = new T[_bytes.ReadCount(what, leastBytes)];
            for (int i = 0; i < values.Length; i++) values[i] = (T)ReadScalar(key, type);
            return values;
        }
    }

    private long Alignment()
    {
        if (!Keys.TryGetValue(GgufNames.Alignment, out object? value)) return DefaultAlignment;
        return value is uint alignment && alignment is > 0 and <= 1 << 20 && (alignment & (alignment - 1)) == 0 ? alignment
            : throw Refuse($"has the {GgufNames.Alignment} {value}, which is no power of two up to {1 << 20}");
    }

    private void ReadTensors(int count, long alignment)
    {
        List<(GgufEntry Entry, ulong Offset)> found = new(count);
        for (int i = 0; i < count; i++) found.Add((ReadTensor(out ulong offset), offset));
        long start = (_bytes.Position + alignment - 1) / alignment * alignment;
        found.Sort((a, b) => a.Offset.CompareTo(b.Offset));
        ulong end = 0;
        foreach ((GgufEntry entry, ulong offset) in found)
        {
            if (offset % (ulong)alignment != 0) throw Refuse($"puts tensor {entry} at {offset}, which is no multiple of {alignment}");
            if (offset < end) throw Refuse($"puts tensor {entry} at {offset}, where another one still is");
            if (start > _bytes.Length || offset > (ulong)(_bytes.Length - start) || entry.ByteLength > _bytes.Length - start - (long)offset)
                throw Refuse($"has {_bytes.Length} bytes, but tensor {entry} would end beyond them: the file is truncated");
            end = offset + (ulong)entry.ByteLength;
            if (!Tensors.TryAdd(entry.Name, (entry, start + (long)offset)))
                throw Refuse($"has the tensor '{SafetensorsEntry.Cut(entry.Name)}' twice");
        }
    }

    private GgufEntry ReadTensor(out ulong offset)
    {
        string name = _bytes.ReadText("tensor's name");
        string shown = SafetensorsEntry.Cut(name);
        uint dimensions = _bytes.ReadUInt32();
        if (dimensions is 0 or > MaxDimensions)
            throw Refuse($"gives tensor '{shown}' {dimensions} dimensions; expected 1 to {MaxDimensions}");
        long[] shape = new long[dimensions];
        Int128 count = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong dimension = _bytes.ReadNumber(8);
            count *= dimension;
            if (dimension > long.MaxValue || count > _bytes.Length * (Int128)2) // of the smallest type, two have more than a byte
                throw Refuse($"has {_bytes.Length} bytes, but gives tensor '{shown}' at least {count} numbers");
            shape[i] = (long)dimension;
        }
        GgufType type = (GgufType)_bytes.ReadUInt32();
        offset = _bytes.ReadNumber(8);
        if (!Enum.IsDefined(type))
            throw Refuse(
                $"holds tensor '{shown}' in type {(uint)type} of ggml; this library reads {string.Join(", ", Enum.GetNames<GgufType>())}");
        if (GgufElements.BlockOf(type) is var block && shape[^1] % block != 0)
            throw Refuse($"holds tensor '{shown}' in {type}, but its rows of {shape[^1]} numbers are no multiple of {block}");
        return new GgufEntry(name, type, shape);
    }

    private InvalidDataException Refuse(string problem) => new($"{_bytes.Path} {problem}.");
}
