using System.Buffers;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Text;
using Cs336.Benchmarks;

namespace Cs336.Tokenizers.Benchmarks;

/// <summary>
/// From the naive to the fast, step by step on one text and one thread: the factors in the package's README. Processor time is measured,
/// which other programs of the machine disturb least.
/// </summary>
internal sealed class Ladder
{
    private const int VocabSize = 1000;
    private const int Rounds = 7;

    private static readonly TimeSpan MinTime = TimeSpan.FromSeconds(0.2);

    private readonly byte[] _text;
    private readonly string _chars;
    private readonly BpeModel _model;
    private readonly int[] _ends = new int[PreTokenCache.BatchSize];
    private readonly int[] _ids = new int[PreTokenCache.MaxPreTokenLength + PreTokenCache.WrittenIds];

    private Ladder(byte[] text)
    {
        _text = text;
        _chars = Encoding.UTF8.GetString(text);
        _model = Train();
    }

    /// <summary>Prints a table for cutting text, one for encoding and one for training.</summary>
    /// <param name="path">A text without characters beyond U+FFFF, small enough for the naive trainer: some 200 KB.</param>
    public static void Run(string path)
    {
        Ladder ladder = new(File.ReadAllBytes(path));
        Console.WriteLine($"{Machine.Title}; {Machine.Software}");
        Console.WriteLine($"{Path.GetFileName(path)}, {ladder._text.Length:N0} bytes; processor time, medians of {Rounds} rounds");
        ladder.Compare("Pre-tokens", ladder.PreTokenSteps());
        ladder.Compare($"Encoding, {ladder._model.VocabSize:N0} entries", ladder.EncodingSteps());
        ladder.Compare($"Training, {VocabSize:N0} entries",
        [
            ("`NaiveBpeTrainer`", () => NaiveBpeTrainer.Train(ladder._chars, VocabSize - 257, ["<|endoftext|>"]).Count + 257),
            ("`BpeTrainer`", () => ladder.Train().VocabSize),
        ]);
    }

    private List<(string Name, Func<int> Pass)> PreTokenSteps()
    {
        List<(string, Func<int>)> steps =
        [
            ("`NaivePreTokenizer`", () => NaivePreTokenizer.PreTokens(_chars).Count()),
            ("`CodePointScanner`", () => CodePointScanner.Ends(_text).Count),
            ("`Gpt2Scanner`, `ScalarClassifier`", CountPreTokens<ScalarClassifier>),
        ];
        if (Vector128.IsHardwareAccelerated) steps.Add(("`Gpt2Scanner`, `Vector128Classifier`", CountPreTokens<Vector128Classifier>));
        if (Vector256.IsHardwareAccelerated) steps.Add(("`Gpt2Scanner`, `Vector256Classifier`", CountPreTokens<Vector256Classifier>));
        if (Vector512.IsHardwareAccelerated) steps.Add(("`Gpt2Scanner`, `Vector512Classifier`", CountPreTokens<Vector512Classifier>));
        return steps;
    }

    private List<(string Name, Func<int> Pass)> EncodingSteps()
    {
        BpeSymbols symbols = new(_model.Vocabulary);
        PreTokenEncoder encoder = new(symbols, new BpeMergeTable(symbols));
        PreTokenCache cache = new(isNarrow: true);
        BpeTokenizer tokenizer = new(_model);
        ArrayBufferWriter<int> ids = new(_text.Length);
        return
        [
            ("`NaiveBpeEncoder`", () => NaiveBpeEncoder.Encode(_model, _chars, allowSpecial: false).Count),
            ("`PreTokenEncoder`", () => SumPreTokens(preToken => encoder.Encode(preToken, _ids))),
            ("`PreTokenCache`", () => SumPreTokens(preToken =>
            {
                PreTokenKey key = PreTokenKey.Of(preToken);
                int count = cache.Find(key, preToken, _ids);
                if (count > 0) return count;
                count = encoder.Encode(preToken, _ids);
                cache.Add(key, preToken, _ids.AsSpan(0, count));
                return count;
            })),
            ("`BpeEncoder`", () =>
            {
                ids.ResetWrittenCount();
                tokenizer.Encode(_text, ids);
                return ids.WrittenCount;
            }),
        ];
    }

    private BpeModel Train() =>
        new BpeTrainer(new BpeTrainerOptions { VocabSize = VocabSize, ThreadCount = 1 }).Train(new MemoryStream(_text));

    private int CountPreTokens<TClassifier>()
        where TClassifier : struct, IByteClassifier
    {
        int sum = 0;
        for (ReadOnlySpan<byte> rest = _text; !rest.IsEmpty;)
        {
            int count = Gpt2Scanner.Split<TClassifier>(rest, _ends);
            sum += count;
            rest = rest[_ends[count - 1]..];
        }
        return sum;
    }

    private int SumPreTokens(PreTokenFunction function)
    {
        int sum = 0;
        for (ReadOnlySpan<byte> rest = _text; !rest.IsEmpty;)
        {
            int count = _model.PreTokenizer.Split(rest, _ends);
            int start = 0;
            foreach (int end in _ends.AsSpan(0, count))
            {
                sum += function(rest[start..end]);
                start = end;
            }
            rest = rest[start..];
        }
        return sum;
    }

    private void Compare(string title, List<(string Name, Func<int> Pass)> steps)
    {
        // Compiled well, and what is remembered is there.
        int[] results = [.. steps.Select(step => Measure(step.Pass).Result)];
        if (results.Distinct().Count() > 1) throw new InvalidOperationException($"{title}: the steps give {string.Join(", ", results)}.");
        // In turns, so that a busy moment hits all of them.
        double[][] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => steps.Select(step => Measure(step.Pass).Seconds).ToArray())];
        double[] medians = [.. steps.Select((_, i) => rounds.Select(round => round[i]).Order().ElementAt(Rounds / 2))];
        Console.WriteLine($"\n| {title} | MB/s | times the one before | times the first |\n|---|---|---|---|");
        for (int i = 0; i < steps.Count; i++)
        {
            double speed = _text.Length / 1e6 / medians[i], overLast = medians[Math.Max(0, i - 1)] / medians[i],
                overFirst = medians[0] / medians[i];
            Console.WriteLine($"| {steps[i].Name} | {Round(speed)} | {Round(overLast)} | {Round(overFirst)} |");
        }
    }

    private static (double Seconds, int Result) Measure(Func<int> pass)
    {
        TimeSpan start = Environment.CpuUsage.TotalTime, time;
        int result, passes = 0;
        do
        {
            result = pass();
            passes++;
            time = Environment.CpuUsage.TotalTime - start;
        }
        while (time < MinTime);
        return (time.TotalSeconds / passes, result);
    }

    /// <summary>With two digits and more.</summary>
    private static string Round(double value) => value.ToString(value < 1 ? "G2" : value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private delegate int PreTokenFunction(ReadOnlySpan<byte> preToken);
}
