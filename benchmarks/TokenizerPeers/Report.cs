using System.Globalization;
using System.Text;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>The tables in Markdown.</summary>
internal static class Report
{
    /// <summary>Whether all peers that read the same bytes gave the same ids.</summary>
    public static bool IdsAgree(Part encoders) => encoders.Contestants
        .Where(encoder => encoder.Rounds.Count > 0)
        .GroupBy(encoder => encoder.Rounds[0].Bytes)
        .All(group => group.Select(encoder => encoder.Rounds[0].Sha256).Distinct().Count() == 1);

    public static string Write(
        ComparisonOptions options, Part encoding, Part languages, Part[] vocabularies, string checks, Part files, Part training,
        Part warmTraining, Part worstCases)
    {
        Part[] parts = [encoding, languages, files, training, warmTraining, worstCases, .. vocabularies];
        int[] rounds =
            [.. parts.SelectMany(part => part.Contestants).Select(contestant => contestant.Rounds.Count)
                .Where(count => count > 0).Distinct().Order()];
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Tokenizers side by side: {Machine.Title}

            Text: `{Path.GetFileName(options.Text)}`, {new FileInfo(options.Text).Length:N0} bytes, GPT-2's vocabulary and pattern. {string.Join(" to ", (int[])[.. rounds.Take(1), .. rounds.Skip(1).TakeLast(1)])} rounds in turns, each
            measurement in a process of its own; medians, best in brackets. Cold is the first pass of a fresh process over the
            text, just-in-time compilation included; warm is a further pass. One thread, document by document, in memory.
            Peak memory is the process's resident set, and in brackets how much of it came after the text and the vocabulary were
            loaded (most peers hold the text as strings, twice the size of UTF-8).
            Peers under 10 MB/s read the first {options.SlowBytes / 1e6:0} MB only. "CPU" is the processor time of the cold pass per 100 MB, the
            runtime's own threads included. {Machine.Software}, {DateTime.UtcNow:yyyy-MM-dd}.
            """);
        WriteEncoders(text, "Encoding", encoding);
        text.AppendLine(checks);
        if (options.Multilingual is not null)
        {
            WriteEncoders(text, string.Create(CultureInfo.InvariantCulture,
                $"Encoding text in many languages: `{Path.GetFileName(options.Multilingual)}`, "
                    + $"{new FileInfo(options.Multilingual).Length:N0} bytes"), languages);
        }
        foreach (Part vocabulary in vocabularies)
            WriteEncoders(text, $"Encoding with the vocabulary and pattern of `{Vocabularies.NameOf(vocabulary)}`", vocabulary);
        WriteTable(text, "Encoding a file to a token file, from disk to disk", files, "tokens", wall: false);
        WriteTable(
            text, "Training 30,000 entries, end to end as a command (start-up and saving included)", training, "entries", wall: true);
        WriteTable(
            text, "Training 10,000 entries in one process (the first run with saving, then warm without)", warmTraining, "entries",
            wall: false);
        WriteWorstCases(text, worstCases);
        return text.ToString();
    }

    private static void WriteEncoders(StringBuilder text, string title, Part encoders)
    {
        if (!encoders.WasRun) return;
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## {title}

            | | text MB | cold MB/s | warm MB/s | cold, times Microsoft.ML's | warm, times Microsoft.ML's | CPU s | peak MB | tokens | SHA-256 of ids |
            |---|---|---|---|---|---|---|---|---|---|
            """);
        Contestant? baseline = encoders.Contestants.FirstOrDefault(
            encoder => encoder.Name.StartsWith("Microsoft", StringComparison.Ordinal) && encoder.Rounds.Count > 0);
        foreach (Contestant encoder in encoders.Contestants) WriteEncoder(text, encoder, baseline);
        text.AppendLine();
        text.AppendLine(
            IdsAgree(encoders) ? "All peers that read the same text gave the same ids."
            : "**Peers that read the same text gave different ids.**");
    }

    private static void WriteWorstCases(StringBuilder text, Part worstCases)
    {
        if (!worstCases.WasRun) return;
        text.AppendLine("""

            ## Worst cases: 10 MB each, encoded with GPT-2's vocabulary, and trained on for 10,000 entries of pairs that stand twice at least

            | | encode, s | train, s | peak MB |
            |---|---|---|---|
            """);
        foreach (Contestant worstCase in worstCases.Contestants)
        {
            text.AppendLine(worstCase.Rounds.Count == 0
                ? $"| {worstCase.Name} | failed: {worstCase.Failure?.Replace('|', '/')} | | |"
                : string.Create(CultureInfo.InvariantCulture,
                    $"| {worstCase.Name} | {Median(worstCase.Rounds.Select(round => round.Cold.Seconds)):0.00} | "
                        + $"{Median(worstCase.Rounds.Select(round => round.Warm[0].Seconds)):0.00} | {Peak(worstCase)} |"));
        }
    }

    private static void WriteEncoder(StringBuilder text, Contestant encoder, Contestant? baseline)
    {
        if (encoder.Rounds.Count == 0)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {encoder.Name} | not measured: {encoder.Failure?.Replace('|', '/')} | | | | | | | | |");
            return;
        }
        Measurement first = encoder.Rounds[0];
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| {encoder.Name} | {first.Bytes / 1e6:0.0} | {Speeds(Cold(encoder))} | {Speeds(Warm(encoder))} | {Ratio(Cold)} | "
                + $"{Ratio(Warm)} " +
            $"| {Median(encoder.Rounds.Select(round => round.Cold.CpuSeconds * 1e8 / round.Bytes)):0.0} | {Peak(encoder)} | "
                + $"{first.Tokens:N0} | `{first.Sha256?[..16]}` |");

        string Ratio(Func<Contestant, IEnumerable<double>> of) => baseline is null
            ? ""
            : (Median(of(encoder)) / Median(of(baseline))).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static void WriteTable(StringBuilder text, string title, Part part, string unit, bool wall)
    {
        if (!part.WasRun) return;
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## {title}

            | | {(wall ? "seconds | MB/s" : "cold MB/s | warm MB/s")} | CPU s | peak MB | {unit} | times the speed of the last |
            |---|---|---|---|---|---|---|
            """);
        foreach (Contestant contestant in part.Contestants)
        {
            if (contestant.Rounds.Count == 0)
            {
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {contestant.Name} | not measured: {contestant.Failure?.Replace('|', '/')} | | | | | |");
                continue;
            }
            Measurement first = contestant.Rounds[0];
            string speeds = wall
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Median(contestant.WallSeconds):0.0} ({contestant.WallSeconds.Min():0.0}) | {Speeds(Wall(contestant))}")
                : $"{Speeds(Cold(contestant))} | {Speeds(Warm(contestant))}";
            Contestant last = part.Contestants[^1];
            double times = last.Rounds.Count == 0 ? double.NaN
                : wall ? Median(last.WallSeconds) / Median(contestant.WallSeconds)
                : Median(Warm(contestant)) / Median(Warm(last));
            string ratio = double.IsNaN(times) ? "" : times.ToString("0.0", CultureInfo.InvariantCulture);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {contestant.Name} | {speeds} | {Median(contestant.Rounds.Select(round => round.Cold.CpuSeconds)):0.0} | "
                    + $"{Peak(contestant)} | {first.Tokens:N0} | {ratio} |");
        }
    }

    private static IEnumerable<double> Cold(Contestant contestant) =>
        contestant.Rounds.Select(round => round.Bytes / 1e6 / round.Cold.Seconds);

    private static IEnumerable<double> Warm(Contestant contestant) =>
        contestant.Rounds.SelectMany(round => round.Warm.Select(pass => round.Bytes / 1e6 / pass.Seconds));

    private static IEnumerable<double> Wall(Contestant contestant) =>
        contestant.Rounds.Zip(contestant.WallSeconds, (round, seconds) => round.Bytes / 1e6 / seconds);

    private static string Speeds(IEnumerable<double> values) =>
        string.Create(CultureInfo.InvariantCulture, $"{Median(values):0.0} ({values.Max():0.0})");

    private static string Peak(Contestant contestant) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Median(contestant.Rounds.Select(round => (double)round.PeakBytes)) / 1e6:0} "
            + $"(+{Median(contestant.Rounds.Select(round => (double)(round.PeakBytes - round.StartBytes))) / 1e6:0})");

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
