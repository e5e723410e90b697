namespace Cs336.Training.Tests;

public sealed class JsonLinesMetricSinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_step_is_a_line_that_others_can_read_at_once()
    {
        string path = Path.Combine(_folder.Path, "run", "metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(0);
        sink.Write(Metrics(1) with { Elapsed = new TimeSpan(12_300_001) });
        sink.Write(Metrics(2) with { ValidationLoss = 1.25, Skipped = true });
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal("""{"step":1,"loss":2.5,"learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":128,"tokens_per_second":1000,"elapsed_seconds":1.2300001}""", reader.ReadLine());
        Assert.EndsWith(""","elapsed_seconds":2,"validation_loss":1.25,"skipped":true}""", reader.ReadLine());
        Assert.Equal([Metrics(1) with { Elapsed = new TimeSpan(12_300_001) }, Metrics(2) with { ValidationLoss = 1.25, Skipped = true }],
            JsonLinesMetricSink.Read(path));
    }

    [Fact]
    public void What_is_no_finite_number_is_null_with_a_flag_and_read_back_as_none()
    {
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(0);
        sink.Write(Metrics(1) with { Loss = double.NaN, GradientNorm = double.PositiveInfinity });
        sink.Write(Metrics(2) with { ValidationLoss = double.NegativeInfinity });
        sink.Write(Metrics(3) with { Loss = 1e308, GradientNorm = 1e308 });
        Assert.Equal(
            """
            {"step":1,"loss":null,"learning_rate":0.001,"gradient_norm":null,"tokens_seen":128,"tokens_per_second":1000,"elapsed_seconds":1,"not_finite":true}
            {"step":2,"loss":2.5,"learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":256,"tokens_per_second":1000,"elapsed_seconds":2,"validation_loss":null,"not_finite":true}
            {"step":3,"loss":1E+308,"learning_rate":0.001,"gradient_norm":1E+308,"tokens_seen":384,"tokens_per_second":1000,"elapsed_seconds":3}

            """.ReplaceLineEndings("\n"), File.ReadAllText(path));
        Assert.Equal(
            [Metrics(1) with { Loss = double.NaN, GradientNorm = double.NaN }, Metrics(2) with { ValidationLoss = double.NaN },
                Metrics(3) with { Loss = 1e308, GradientNorm = 1e308 }],
            JsonLinesMetricSink.Read(path));
    }

    [Fact]
    public void Lines_of_older_versions_are_read_beside_those_of_this_one()
    {
        string path = _folder.Write("metrics.jsonl",
            """
            {"step":1,"loss":2.5,"learning_rate":0.001,"gradient_norm":"Infinity","tokens_seen":128,"tokens_per_second":1000,"elapsed":"00:00:01.2300000","validation_loss":"NaN","validation_bits_per_byte":"-Infinity"}
            {"step":2,"loss":"NaN","learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":256,"tokens_per_second":1000,"elapsed":"1.02:00:03","skipped":true}

            """.ReplaceLineEndings("\n"));
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(2);
        sink.Write(Metrics(3));
        Assert.Equal(
            [
                Metrics(1) with { GradientNorm = double.PositiveInfinity, Elapsed = TimeSpan.FromSeconds(1.23),
                    ValidationLoss = double.NaN, ValidationBitsPerByte = double.NegativeInfinity },
                Metrics(2) with { Loss = double.NaN, Elapsed = new TimeSpan(1, 2, 0, 3), Skipped = true },
                Metrics(3),
            ], JsonLinesMetricSink.Read(path));
    }

    [Fact]
    public void A_resumed_run_forgets_the_steps_that_will_be_done_again()
    {
        string path = _folder.File("metrics.jsonl");
        using (JsonLinesMetricSink sink = new(path))
        {
            sink.Begin(0);
            for (int step = 1; step <= 5; step++) sink.Write(Metrics(step));
        }
        File.AppendAllText(path, "{\"step\":6,\"lo"); // what a crash leaves
        using (JsonLinesMetricSink sink = new(path))
        {
            sink.Begin(3);
            sink.Write(Metrics(4));
        }
        Assert.Equal([1, 2, 3, 4], JsonLinesMetricSink.Read(path).Select(metrics => metrics.Step));
    }

    [Theory]
    [InlineData("{}", "missing required properties")]
    [InlineData("{\"step\":2,\"lo{\"step\":3}", "")]
    [InlineData("null", "It is null")]
    [InlineData("""{"step":2,"loss":"2.5","learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":256,"tokens_per_second":1000,"elapsed_seconds":2}""", "$.loss")]
    [InlineData("""{"step":2,"loss":2.5,"learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":256,"tokens_per_second":1000,"elapsed_seconds":1e300}""", "It is too long a time")]
    [InlineData("""{"step":2,"loss":2.5,"learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":256,"tokens_per_second":1000}""",
        "It has no elapsed_seconds")]
    public void A_damaged_line_is_named_or_passed_over_with_a_warning(string damaged, string problem)
    {
        string path = _folder.File("metrics.jsonl");
        using (JsonLinesMetricSink sink = new(path))
        {
            sink.Begin(0);
            sink.Write(Metrics(1));
            File.AppendAllText(path, damaged + "\n");
        }
        File.AppendAllText(path, File.ReadLines(path).First() + "\n");
        string message = Assert.Throws<InvalidDataException>(() => JsonLinesMetricSink.Read(path)).Message;
        Assert.StartsWith($"{path}, line 2 is no metrics line: ", message);
        Assert.Contains(problem, message);
        List<string> warnings = [];
        Assert.Equal([Metrics(1), Metrics(1)], JsonLinesMetricSink.Read(path, warnings));
        Assert.Equal([$"{message} It is passed over."], warnings);
    }

    [Fact]
    public void A_run_goes_on_beside_a_damaged_line_unless_it_is_of_steps_that_are_done_again()
    {
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(0);
        for (int step = 1; step <= 5; step++) sink.Write(Metrics(step));
        string[] lines = File.ReadAllLines(path);
        (lines[1], lines[4]) = ("{\"step\":2,", "{\"step\":5,");
        File.WriteAllText(path, string.Join("\n", [.. lines, ""]));
        sink.Begin(3);
        sink.Write(Metrics(4));
        List<string> warnings = [];
        Assert.Equal([1, 3, 4], JsonLinesMetricSink.Read(path, warnings).Select(metrics => metrics.Step));
        Assert.StartsWith($"{path}, line 2 is no metrics line: ", Assert.Single(warnings));
    }

    [Fact]
    public void Steps_are_read_one_after_another_and_a_torn_last_line_is_left_out()
    {
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(0);
        for (int step = 1; step <= 500; step++) sink.Write(Metrics(step)); // many times what is read at once
        IEnumerable<TrainingMetrics> steps = JsonLinesMetricSink.Enumerate(path);
        sink.Write(Metrics(501));
        File.AppendAllText(path, "{\"step\":502");
        Assert.Equal(Enumerable.Range(1, 501).Select(step => Metrics(step)), steps);
        File.AppendAllText(path, "}\n");
        Assert.Equal(3, steps.Take(3).Count()); // the damaged line is not come to
        Assert.Throws<InvalidDataException>(() => steps.Count());
    }

    [Fact]
    public void Writing_before_the_beginning_is_refused()
    {
        using JsonLinesMetricSink sink = new(_folder.File("metrics.jsonl"));
        Assert.Throws<InvalidOperationException>(() => sink.Write(Metrics(1)));
    }

    private static TrainingMetrics Metrics(long step) => new()
    {
        Step = step, Loss = 2.5, LearningRate = 1e-3, GradientNorm = 0.5, TokensSeen = 128 * step, TokensPerSecond = 1000,
            Elapsed = TimeSpan.FromSeconds(step),
    };
}
