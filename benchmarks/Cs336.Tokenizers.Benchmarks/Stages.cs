using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cs336.Benchmarks;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>
/// What a warm pass of the encoder is made of: the same loops as <see cref="BpeEncoder"/>'s, one more at a time, over the same text in
/// turns. Each is a bound: no pass that needs the loop can be faster than the loop. A cold pass has also to merge each new pre-token once.
/// </summary>
internal sealed class Stages
{
    private const int Rounds = 9;

    private readonly byte[][] _documents;
    private readonly BpeTokenizer _tokenizer;
    private readonly IPreTokenizer _preTokenizer = PreTokenizers.Gpt2;
    private readonly PreTokenEncoder _encoder;
    private readonly PreTokenCache _cache = new(isNarrow: true);
    private readonly List<byte[]> _merged = [];
    private readonly ArrayBufferWriter<int> _ids = new();
    private readonly int[] _ends = new int[PreTokenCache.BatchSize];
    private readonly int[] _longs = new int[PreTokenCache.BatchSize + 1];
    private readonly int[] _written;

    private Stages(byte[] text, BpeModel model)
    {
        _tokenizer = new BpeTokenizer(model);
        BpeSymbols symbols = new(model.Vocabulary);
        _encoder = new PreTokenEncoder(symbols, new BpeMergeTable(symbols));
        List<byte[]> documents = [];
        foreach (Range range in text.AsSpan().Split("<|endoftext|>"u8)) documents.Add(text[range]);
        _documents = [.. documents];
        _written = new int[_documents.Max(document => document.Length) + PreTokenCache.WrittenIds];
    }

    private enum Stage
    {
        Cutting,
        Keys,
        Loading,
        Writing,
    }

    /// <summary>Prints a table of the stages of a warm pass.</summary>
    /// <param name="path">A text; documents end with <c>&lt;|endoftext|&gt;</c>.</param>
    /// <param name="gpt2">The folder of GPT-2's vocabulary.</param>
    public static void Run(string path, string gpt2)
    {
        byte[] text = File.ReadAllBytes(path);
        Stages stages = new(text, BpeModel.Load(gpt2));
        (string Name, Action Pass)[] passes =
        [
            ("cutting into pre-tokens", () => stages.ForEach(Stage.Cutting)),
            ("and computing their keys", () => stages.ForEach(Stage.Keys)),
            ("and loading their cache lines", () => stages.ForEach(Stage.Loading)),
            ("and writing ids that are known", () => stages.ForEach(Stage.Writing)),
            ("`BpeTokenizer.Encode`, warm", stages.Encode),
            ("merging each pre-token once that is more than one token", stages.Merge),
        ];
        stages.Encode();
        stages.FillCache();
        double[][] seconds = [.. passes.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
            for (int i = 0; i < passes.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                passes[i].Pass();
                seconds[i][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        Console.WriteLine($"{Machine.Title}; {Machine.Software}");
        Console.WriteLine(
            $"{Path.GetFileName(path)}, {text.Length:N0} bytes, {stages.ForEach(Stage.Cutting):N0} pre-tokens, of which "
            + $"{stages._merged.Count:N0} distinct ones are more than one token; medians of {Rounds} rounds in turns");
        Console.WriteLine("\n| | ms | MB/s |\n|---|---|---|");
        for (int i = 0; i < passes.Length; i++)
        {
            double median = seconds[i].Order().ElementAt(Rounds / 2);
            Console.WriteLine($"| {passes[i].Name} | {1e3 * median:F0} | {text.Length / median / 1e6:N0} |");
        }
    }

    private void Encode()
    {
        foreach (byte[] document in _documents)
        {
            _ids.ResetWrittenCount();
            _tokenizer.Encode(document, _ids);
        }
    }

    private void Merge()
    {
        foreach (byte[] preToken in _merged) _encoder.Encode(preToken, _written);
    }

    /// <summary>Every pre-token becomes known, and the stages find the cache as the tokenizer's own is after a pass.</summary>
    private void FillCache()
    {
        foreach (byte[] document in _documents)
        {
            ReadOnlySpan<byte> text = document;
            while (!text.IsEmpty)
            {
                int count = _preTokenizer.Split(text, _ends), start = 0;
                foreach (int end in _ends.AsSpan(0, count))
                {
                    ReadOnlySpan<byte> preToken = text[start..end];
                    start = end;
                    if (preToken.Length > PreTokenCache.MaxPreTokenLength) continue;
                    PreTokenKey key = PreTokenKey.Of(preToken);
                    if (_cache.Find(key, preToken, _written) > 0) continue;
                    int[] ids = _tokenizer.Encode(preToken);
                    _cache.Add(key, preToken, ids);
                    if (ids.Length > 1) _merged.Add(preToken.ToArray());
                }
                text = text[start..];
            }
        }
    }

    /// <summary>The loops up to a stage, over all documents; returns the number of pre-tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long ForEach(Stage last)
    {
        long preTokens = 0;
        foreach (byte[] document in _documents)
        {
            ReadOnlySpan<byte> text = document;
            while (!text.IsEmpty)
            {
                int count = _preTokenizer.Split(text, _ends);
                ReadOnlySpan<int> ends = _ends.AsSpan(0, count);
                preTokens += count;
                // The last batch of a document has no bytes behind it to read with the key, and is left out of the other stages.
                if (last >= Stage.Keys && text.Length - ends[^1] >= PreTokenKey.BytesRead) Look(text, ends, last);
                text = text[ends[^1]..];
            }
        }
        return preTokens;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void Look(ReadOnlySpan<byte> text, ReadOnlySpan<int> ends, Stage last)
    {
        BpeEncoder.PackAll(ref MemoryMarshal.GetReference(text), 0, ends, ref _cache.Batch[0], ref _longs[0]);
        if (last < Stage.Loading) return;
        _cache.Prepare(ends.Length);
        if (last < Stage.Writing) return;
        // Those that are not first in their line, or whose ids are in the arena, are passed over: writing them takes longer.
        int written = 0;
        for (int i = 0; (i = _cache.WriteFound(i, _written, ref written)) < ends.Length; i++) { }
    }
}
