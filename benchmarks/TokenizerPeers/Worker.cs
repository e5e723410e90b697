using System.Buffers.Binary;
using System.Security.Cryptography;
using Cs336.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>One measurement in a process of its own, so that caches are cold and the peak of memory is the peer's.</summary>
internal static class Worker
{
    private const double WarmSeconds = 1;
    private const int MostWarmPasses = 5;
    private const int WarmFilePasses = 20;

    public static Measurement Encode(string peerName, string textPath, long maxBytes, string modelFolder, bool hash)
    {
        Documents documents = Documents.Read(textPath, maxBytes);
        IPeer peer = peerName switch
        {
            "cs336" => new Cs336Peer(documents, modelFolder),
            "microsoft" => new MicrosoftMLPeer(documents, modelFolder),
            "sharptoken" => new SharpTokenPeer(documents),
            _ => throw new ArgumentException($"There is no peer '{peerName}': use cs336, microsoft or sharptoken."),
        };
        long startBytes = PeakMemory.Reset();
        Pass cold = Pass.Measure(EncodeAll);
        List<Pass> warm = [];
        do warm.Add(Pass.Measure(EncodeAll));
        while (warm.Count < MostWarmPasses && warm.Sum(pass => pass.Seconds) < WarmSeconds);
        long peakBytes = PeakMemory.ReadPeak();
        return new Measurement(documents.Bytes, cold.Tokens, cold, [.. warm], startBytes, peakBytes, hash ? Hash(peer, documents) : null);

        long EncodeAll()
        {
            long tokens = documents.Utf8.Length - 1;
            for (int i = 0; i < documents.Utf8.Length; i++) tokens += peer.Encode(i);
            return tokens;
        }
    }

    /// <summary>Encodes a file into a token file that is not there yet, as a user would who prepares a corpus.</summary>
    public static Measurement EncodeFile(string textPath, string modelFolder, string output, int threads)
    {
        BpeTokenizer tokenizer = BpeTokenizer.Load(modelFolder);
        long startBytes = PeakMemory.Reset();
        Pass cold = MeasurePass();
        // Each thread keeps what it has met, and meets another part of the text each time: it takes some passes until all are
        // warm, and until the runtime no longer compiles on a processor that is to encode.
        Pass[] warm = [.. Enumerable.Range(0, WarmFilePasses).Select(_ => MeasurePass())];
        return new Measurement(new FileInfo(textPath).Length, cold.Tokens, cold, warm, startBytes, PeakMemory.ReadPeak(), null);

        Pass MeasurePass()
        {
            // To take an older file's place is to free its pages, which has nothing to do with encoding.
            File.Delete(output);
            return Pass.Measure(() => tokenizer.EncodeFile(textPath, output, threadCount: threads));
        }
    }

    /// <summary>
    /// Trains and saves a vocabulary, and then trains <paramref name="repeats"/> further times to measure a warm process.
    /// </summary>
    public static Measurement Train(string textPath, int vocabSize, string output, int repeats)
    {
        long startBytes = PeakMemory.Reset();
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = vocabSize });
        Pass cold = Pass.Measure(() =>
        {
            BpeModel model = trainer.Train(textPath);
            model.Save(output);
            return model.VocabSize;
        });
        Pass[] warm = [.. Enumerable.Range(0, repeats).Select(_ => Pass.Measure(() => trainer.Train(textPath).VocabSize))];
        return new Measurement(new FileInfo(textPath).Length, cold.Tokens, cold, warm, startBytes, PeakMemory.ReadPeak(), null);
    }

    /// <summary>Encodes (the cold pass) one of <see cref="WorstCases"/>, and trains on it (the warm one).</summary>
    public static Measurement WorstCase(string name, string modelFolder)
    {
        BpeTokenizer tokenizer = BpeTokenizer.Load(modelFolder);
        byte[] text = WorstCases.Make(name, isUtf8: false);
        byte[] trainingText = WorstCases.Make(name, isUtf8: true);
        // Of one letter ten million times, pairs that stand once only would make tokens of half the text each, which are refused.
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 10_000, MinFrequency = 2 });
        long startBytes = PeakMemory.Reset();
        Pass encoding = Pass.Measure(() => tokenizer.Encode(text).Length);
        Pass training = Pass.Measure(() => trainer.Train(new MemoryStream(trainingText)).VocabSize);
        return new Measurement(text.Length, encoding.Tokens, encoding, [training], startBytes, PeakMemory.ReadPeak(), null);
    }

    private static string Hash(IPeer peer, Documents documents)
    {
        using IncrementalHash sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < documents.Utf8.Length; i++)
        {
            if (i > 0) sha.AppendData([0xFF, 0xFF, 0xFF, 0xFF]);
            IReadOnlyList<int> ids = peer.EncodeToIds(i);
            byte[] bytes = new byte[ids.Count * sizeof(int)];
            for (int j = 0; j < ids.Count; j++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(j * sizeof(int)), ids[j]);
            sha.AppendData(bytes);
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
