using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class Gpt2Tests
{
    [SharedDataFact("gpt2/vocab.json", "gpt2/merges.txt")]
    public void Gives_known_ids()
    {
        Assert.Equal(50257, Models.Gpt2.VocabSize);
        Assert.Equal([15496, 11, 995, 0], Models.Gpt2.Encode("Hello, world!"));
        Assert.Equal([31373, 995, 220, 50256], Models.Gpt2.Encode("hello world <|endoftext|>", SpecialTokenHandling.Allow));
        Assert.Equal([27, 91, 437, 1659, 5239, 91, 29], Models.Gpt2.Encode("<|endoftext|>"));
    }

    [SharedDataFact("gpt2/vocab.json", "gpt2/merges.txt", "corpora/tinyshakespeare.txt")]
    public void Gives_tiktokens_ids_on_tinyshakespeare()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("ids.npy");

        long count = Models.Gpt2.EncodeFile(SharedData.TryFind("corpora/tinyshakespeare.txt")!, path);

        Assert.Equal(338_024, count);
        byte[] data = File.ReadAllBytes(path)[^(338_024 * 2)..];
        Assert.Equal("3b01acb4083c50fb5067c4a67581fbe914e94405b18506a41ecccf71844a022f", Convert.ToHexStringLower(SHA256.HashData(data)));
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        Assert.Equal(MemoryMarshal.Cast<byte, ushort>(data).ToArray().Select(id => (int)id), ids);
    }
}
