using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using Cs336.Benchmarks;
using Cs336.Tokenizers;

namespace Serving;

/// <summary>
/// Tokens a second of 1 to 8 callers who have stories told to them by samples/StoryServer as server-sent events, one after the other.
/// </summary>
internal static class HttpLoad
{
    private static readonly int[] Callers = [1, 2, 4, 8];
    private static readonly TimeSpan TurnLength = TimeSpan.FromSeconds(1.5);

    /// <summary>Measures.</summary>
    /// <param name="model">
    /// <c>sample</c>: the sample's own model after 50 steps; <c>tinystories</c>: the TinyStories shape, all but untrained.
    /// </param>
    /// <param name="rounds">How many times each number of callers has its turn.</param>
    public static async Task RunAsync(string model, int rounds)
    {
        bool small = model == "sample";
        if (!small && model != "tinystories") throw new ArgumentException($"The model is {model}, but must be sample or tinystories.");
        string folder = Directory.CreateTempSubdirectory("cs336-serving").FullName;
        try
        {
            int steps = small ? 50 : 1;
            List<string> settings = [$"--Story:Directory={folder}", $"--Story:Steps={steps}", "--Story:StoriesPerMinute=1000000"];
            if (!small)
            {
                MakeVocabulary(folder, 10_000);
                settings.AddRange(["--Story:DModel=512", "--Story:NumLayers=4", "--Story:NumHeads=16"]);
            }
            using StoryServerProcess server = new(settings);
            await server.WaitAsync(steps);
            List<Measurement>[] turns = [.. Callers.Select(_ => new List<Measurement>())];
            for (int round = -1; round < rounds; round++) // the first warms up
                for (int i = 0; i < Callers.Length; i++)
                {
                    Measurement turn = await MeasureAsync(server, Callers[i], small ? 0.4 : 0.08);
                    if (round >= 0) turns[i].Add(turn);
                }
            Console.WriteLine($"{Machine.Title}; {Machine.Software}");
            Console.WriteLine();
            Console.WriteLine("| callers | tokens/s | tokens an event |");
            Console.WriteLine("|---:|---:|---:|");
            for (int i = 0; i < Callers.Length; i++)
                Console.WriteLine(
                    $"| {Callers[i]} | {Median(turns[i].Select(turn => turn.Rate)):N0} | "
                    + $"{Median(turns[i].Select(turn => turn.TokensAnEvent)):F2} |");
            Console.WriteLine(
                $"{model}: 8 over 1, median of {rounds} rounds: "
                + $"{Median(turns[^1].Zip(turns[0], (eight, one) => eight.Rate / one.Rate)):F2}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Measurement> MeasureAsync(StoryServerProcess server, int callers, double temperature)
    {
        long before = await server.ReadTokensAsync();
        Stopwatch watch = Stopwatch.StartNew();
        long[] events = await Task.WhenAll(
            Enumerable.Range(0, callers).Select(caller => ListenAsync(server.Url, caller, temperature, watch)));
        double seconds = watch.Elapsed.TotalSeconds;
        long tokens = await server.ReadTokensAsync() - before;
        return new Measurement(tokens / seconds, (double)tokens / events.Sum());
    }

    /// <summary>Has stories told until the time is over, and returns how many events came.</summary>
    private static async Task<long> ListenAsync(Uri url, int caller, double temperature, Stopwatch watch)
    {
        using HttpClient client = new() { BaseAddress = url };
        byte[] buffer = new byte[16 * 1024];
        long events = 0;
        for (int story = 0; watch.Elapsed < TurnLength; story++)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "api/stories/stream")
            {
                Content = JsonContent.Create(
                    new { prompt = "Once upon a time", maxNewTokens = 200, temperature, seed = (caller * 1_000) + story }),
            };
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            byte last = 0;
            for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
                foreach (byte next in buffer.AsSpan(0, count))
                {
                    if (next == '\n' && last == '\n') events++; // an empty line ends an event
                    last = next;
                }
        }
        return events;
    }

    /// <summary>A tokenizer of words that are not words, in the files that the server looks for before it makes its own.</summary>
    private static void MakeVocabulary(string folder, int size)
    {
        Random random = new(1);
        string[] words = [.. Enumerable.Range(0, size).Select(_ => RandomWord(random))];
        StringBuilder text = new();
        for (int i = 0; i < 6 * size; i++) text.Append(' ').Append(words[i % size]);
        string corpus = Path.Combine(folder, "corpus.txt");
        File.WriteAllText(corpus, text.ToString());
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = size, SpecialTokens = ["<|endoftext|>"] }).Train(corpus);
        if (model.VocabSize != size) throw new InvalidOperationException($"The vocabulary has {model.VocabSize} tokens instead of {size}.");
        model.Save(Path.Combine(folder, "tokenizer"));
        new BpeTokenizer(model).EncodeFile(corpus, Path.Combine(folder, "tokens.npy"));
    }

    private static string RandomWord(Random random) => string.Concat(Enumerable.Range(0, 6).Select(_ => (char)('a' + random.Next(26))));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed record Measurement(double Rate, double TokensAnEvent);
}
