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
        sink.Write(Metrics(1));
        sink.Write(Metrics(2) with { ValidationLoss = 1.25, ValidationBitsPerByte = double.NaN });
        using StreamReader reader = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.Equal("""{"step":1,"loss":2.5,"learning_rate":0.001,"gradient_norm":0.5,"tokens_seen":128,"tokens_per_second":1000,"elapsed":"00:00:01"}""", reader.ReadLine());
        Assert.EndsWith(""","validation_loss":1.25,"validation_bits_per_byte":"NaN"}""", reader.ReadLine());
        Assert.Equal([1, 2], JsonLinesMetricSink.Read(path).Select(metrics => metrics.Step));
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

    [Fact]
    public void A_damaged_line_is_named()
    {
        string path = _folder.Write("metrics.jsonl", "{}\n");
        Assert.StartsWith($"{path}, line 1 is no metrics line", Assert.Throws<InvalidDataException>(() => JsonLinesMetricSink.Read(path)).Message);
    }

    [Fact]
    public void Writing_before_the_beginning_is_refused()
    {
        using JsonLinesMetricSink sink = new(_folder.File("metrics.jsonl"));
        Assert.Throws<InvalidOperationException>(() => sink.Write(Metrics(1)));
    }

    private static TrainingMetrics Metrics(long step) => new()
    {
        Step = step, Loss = 2.5, LearningRate = 1e-3, GradientNorm = 0.5, TokensSeen = 128 * step, TokensPerSecond = 1000, Elapsed = TimeSpan.FromSeconds(step),
    };
}
