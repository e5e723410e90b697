using System.Runtime.InteropServices;
using Cs336.Tokenizers.Tests;

namespace Cs336.Inference.Tests;

/// <summary>The format as another program reads and writes it: JSON and NumPy alone, so that no code is shared with ours.</summary>
public sealed class PythonTests
{
    private static readonly SafetensorsEntry[] Entries =
    [
        new("layers.0.attn.q_proj.weight", SafetensorsType.F32, [2, 3]), new("half", SafetensorsType.F16, [3]),
        new("brain", SafetensorsType.BF16, [2, 1]),
        new("step", SafetensorsType.I64, []), new("bytes", SafetensorsType.I8, [3]), new("Ünïcode \"name\"", SafetensorsType.F32, [1]),
    ];

    [NumPyFact]
    public void Python_reads_what_is_written_here()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter.WriteFile(folder.File("ours.safetensors"), Entries, (entry, stream) => stream.Write(Elements(entry.Name)));
        string output = NumPyFactAttribute.Run(
            """
            import sys, json, struct, numpy
            data = open(sys.argv[1], 'rb').read()
            length = struct.unpack('<Q', data[:8])[0]
            header = json.loads(data[8:8 + length])
            assert header.pop('__metadata__') == {'format': 'pt'}
            elements = data[8 + length:]
            assert (8 + length) % 8 == 0 and max(item['data_offsets'][1] for item in header.values()) == len(elements)
            types = {'F32': '<f4', 'F16': '<f2', 'I64': '<i8', 'I8': 'i1'}
            for name, item in header.items():
                begin, end = item['data_offsets']
                if item['dtype'] == 'BF16': array = (numpy.frombuffer(elements[begin:end], '<u2').astype('<u4') << 16).view('<f4')
                else: array = numpy.frombuffer(elements[begin:end], types[item['dtype']])
                print(ascii(name), array.reshape(item['shape']).tolist())
            """, folder.File("ours.safetensors"));
        Assert.Equal(
            """
            'layers.0.attn.q_proj.weight' [[1.5, -2.0, 3.25], [0.0, -0.0, 1e-40]]
            'half' [0.5, -1024.0, 65504.0]
            'brain' [[1.0], [-3.0]]
            'step' 9007199254740993
            'bytes' [-128, 0, 127]
            '\xdcn\xefcode "name"' [7.0]

            """, output.Replace("9.99994610111476e-41", "1e-40"), ignoreLineEndingDifferences: true);
    }

    [NumPyFact]
    public void What_python_writes_is_read_here()
    {
        using TemporaryFolder folder = new();
        NumPyFactAttribute.Run(
            """
            import sys, json, struct, numpy
            arrays = {'b': ('F32', numpy.array([[1.5, -2.0, 3.25]], '<f4')), 'a': ('F16', numpy.array([0.5, 7], '<f2')), 'n': ('I64', numpy.array(-5, '<i8'))}
            header, elements = {}, b''
            for name, (dtype, array) in arrays.items():
                header[name] = {'shape': list(array.shape), 'data_offsets': [len(elements), len(elements) + array.nbytes], 'dtype': dtype}
                elements += array.tobytes()
            header['__metadata__'] = {'anything': 'at all', 'format': 'np'}
            text = json.dumps(header, indent=1).encode()
            open(sys.argv[1], 'wb').write(struct.pack('<Q', len(text)) + text + elements)
            """, folder.File("theirs.safetensors"));

        using FileStream stream = File.OpenRead(folder.File("theirs.safetensors"));
        SafetensorsReader reader = new(stream, "theirs.safetensors");
        using MappedSafetensors mapped = new(folder.File("theirs.safetensors"));
        Assert.Equal(["b F32 (1, 3)", "a F16 (2)", "n I64 ()"], reader.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal(reader.Tensors.Select(tensor => tensor.ToString()), mapped.Tensors.Select(tensor => tensor.ToString()));
        byte[] elements = new byte[12];
        reader.MoveNext();
        reader.Read(elements);
        Assert.Equal([1.5f, -2, 3.25f], MemoryMarshal.Cast<byte, float>(elements).ToArray());
        Assert.Equal([1.5f, -2, 3.25f], MemoryMarshal.Cast<byte, float>(mapped.BytesOf("b")).ToArray());
        Assert.Equal([(Half)0.5, (Half)7], MemoryMarshal.Cast<byte, Half>(mapped.BytesOf("a")).ToArray());
        Assert.Equal([-5L], MemoryMarshal.Cast<byte, long>(mapped.BytesOf("n")).ToArray());
    }

    private static byte[] Elements(string name) => name switch
    {
        "layers.0.attn.q_proj.weight" => Bytes(1.5f, -2, 3.25f, 0, -0f, 1e-40f),
        "half" => Bytes((Half)0.5, (Half)(-1024), Half.MaxValue),
        "brain" => Bytes<ushort>(0x3F80, 0xC040),
        "step" => Bytes(9_007_199_254_740_993),
        "bytes" => Bytes<sbyte>(-128, 0, 127),
        _ => Bytes(7f),
    };

    private static byte[] Bytes<T>(params T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
