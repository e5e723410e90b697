using System.Text;

namespace Cs336.Inference.Tests;

/// <summary>Files written by the format's description; tests/Cs336.Transformer.Tests has them of TorchSharp itself.</summary>
public sealed class TorchSharpModuleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A module whose tensors have the course's names.</summary>
    public static byte[] Of(TransformerConfig config)
    {
        using TemporaryFolder folder = new();
        RandomModel.WriteWeights(folder.File("model.safetensors"), TransformerTensors.Of(config));
        using MappedSafetensors weights = new(folder.File("model.safetensors"));
        List<byte> bytes = [.. Number((ulong)weights.Tensors.Count())];
        foreach (SafetensorsEntry tensor in weights.Tensors)
        {
            bytes.AddRange([.. Text(tensor.Name), 6, (byte)tensor.Shape.Count, .. tensor.Shape.SelectMany(size => Number((ulong)size))]);
            bytes.AddRange(weights.BytesOf(tensor.Name));
        }
        return [.. bytes];
    }

    [Fact]
    public void A_module_becomes_a_model()
    {
        TransformerConfig config = RandomModel.Configs["grouped keys"];
        File.WriteAllBytes(_folder.File("model.DAT"), Of(config));
        TransformerConfig found = CourseWeights.FindShape(_folder.File("model.DAT"), config.NumHeads, config.ContextLength);
        Assert.Equal(config, found with { RopeTheta = config.RopeTheta });
        CourseWeights.Import(config, _folder.File("model.DAT"), _folder.File("model"));
        RandomModel.WriteWeights(_folder.File("plain"), TransformerTensors.Of(config));
        Assert.Equal(File.ReadAllBytes(_folder.File("plain")), File.ReadAllBytes(_folder.File("model/model.safetensors")));
    }

    public static TheoryData<string, byte[]> Hostile => new()
    {
        { "ends within a number", [] },
        { "ends within a number", [0xFF] },
        { "has a number of more than 64 bits", [.. Enumerable.Repeat((byte)0xFF, 12)] },
        { "says that it has 1152921504606846976 tensors, but only 3 bytes follow", [.. Number(1ul << 60), 1, 2, 3] },
        { "gives a tensor a name of 1099511627776 bytes", [1, .. Number(1ul << 40), 1, 2, 3] },
        { "the name of a tensor is not valid UTF-8", [1, 2, 0xC3, 0x28, 6, 0] },
        { "holds tensor 'w' in type 7 of TorchSharp", [1, .. Text("w"), 7, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "gives tensor 'w' 9 dimensions", [1, .. Text("w"), 6, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
        { "but gives tensor 'w' at least 4611686018427387904", [1, .. Text("w"), 6, 1, .. Number(1ul << 60)] },
        { "at least 4294967296", [1, .. Text("w"), 6, 4, .. Number(1ul << 30), .. Number(1ul << 31), .. Number(1ul << 31), 0] },
        { "at least 73786976294838206460", [1, .. Text("w"), 6, 1, .. Number(ulong.MaxValue)] },
        { "ends within tensor 'w', which has 8 bytes", [1, .. Text("w"), 6, 1, 2, 1, 2, 3, 4] },
        { "has the tensor 'w' twice", [2, .. Text("w"), 1, 1, 1, 5, .. Text("w"), 1, 1, 1, 5] },
        { "has 2 bytes behind its last tensor", [1, .. Text("w"), 1, 1, 1, 5, 0, 0] },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Damage_is_refused_before_memory_is_taken(string problem, byte[] bytes)
    {
        File.WriteAllBytes(_folder.File("bad.dat"), bytes);
        string message = Assert.Throws<InvalidDataException>(() => CourseWeights.FindShape(_folder.File("bad.dat"), 2, 8)).Message;
        Assert.StartsWith(_folder.File("bad.dat"), message);
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Equal(message, ModelInspection.Of(_folder.File("bad.dat")).Refusal);
    }

    private static byte[] Text(string text) => [.. Number((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static IEnumerable<byte> Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
