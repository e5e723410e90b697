using System.Globalization;
using System.Text;
using System.Text.Json;
using Cs336.Training;
using Microsoft.Extensions.Logging;
using StoryServer.Api;

namespace StoryServer.Tests.Api;

public sealed class LearningCurveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ListLogger<LearningCurve> _log = new();
    private readonly string _path;
    private readonly LearningCurve _curve;

    public LearningCurveTests()
    {
        _path = _folder.File("metrics.jsonl");
        _curve = new LearningCurve(_path, _log);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_the_trainings_sink_writes_is_read_as_it_comes()
    {
        Assert.Empty(_curve.Read());
        using JsonLinesMetricSink sink = new(_path);
        sink.Begin(0);
        sink.Write(Metrics(1, 3, null));
        Assert.Equal([new CurvePoint(1, 3, null)], _curve.Read());
        sink.Write(Metrics(2, double.NaN, 4));
        sink.Write(Metrics(3, 1.5, null));
        Assert.Equal([new CurvePoint(1, 3, null), new CurvePoint(2, null, 4), new CurvePoint(3, 1.5, null)], _curve.Read());
    }

    [Fact]
    public void A_run_of_a_hundred_thousand_steps_is_read_once_and_answered_briefly()
    {
        Append(Enumerable.Range(1, 100_000).Select(step => Line(step, step, step % 1000 == 0 ? 7 : null)));
        IReadOnlyList<CurvePoint> curve = _curve.Read();
        long length = new FileInfo(_path).Length;
        Assert.InRange(_curve.BytesRead, length, length + 1_000);
        Assert.InRange(curve.Count, 200, 400);
        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(curve).Length, 1_000, 100_000);
        Assert.Equal(curve.Select(point => point.Step).Order(), curve.Select(point => point.Step));
        Assert.Equal((100_000, 100), (curve[^1].Step, curve.Count(point => point.ValidationLoss == 7)));
        Assert.Equal(((curve[0].Step + 1) / 2.0, (curve[0].Step + 1 + curve[1].Step) / 2.0), (curve[0].Loss, curve[1].Loss)); // means

        Append([Line(100_001, 5, null)]);
        Assert.Equal(100_001, _curve.Read()[^1].Step);
        for (int i = 0; i < 8; i++) Assert.Equal(curve.Count, _curve.Read().Count, 1.0);
        Assert.InRange(_curve.BytesRead, length, length + 10_000);
    }

    [Fact]
    public void Damaged_lines_are_passed_over_with_a_warning_said_once()
    {
        Append([Line(1, 3, null), "oh no", "null", "{}", "", "\0\0\0", new string('x', 200_000), Line(2, 2, null),
            """{"step":1e99,"loss":1}"""]);
        Assert.Equal([1L, 2], _curve.Read().Select(point => point.Step));
        Assert.Equal(
            (LogLevel.Warning, $"Passed over 6 damaged lines of {_path}, which has 9 so far"),
            (_log.Entries.Single().Level, _log.Entries.Single().Message));
        Append([Line(3, 1, null)]);
        Assert.Equal([1L, 2, 3], _curve.Read().Select(point => point.Step));
        Assert.Single(_log.Entries);
    }

    [Fact]
    public void A_line_that_is_still_being_written_is_read_when_it_is_whole()
    {
        string line = Line(2, 2, null);
        Append([Line(1, 3, null)]);
        File.AppendAllText(_path, line[..20]);
        Assert.Equal([1L], _curve.Read().Select(point => point.Step));
        File.AppendAllText(_path, line[20..] + "\n");
        Assert.Equal([1L, 2], _curve.Read().Select(point => point.Step));
        Assert.Empty(_log.Entries);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public void A_training_that_went_back_to_a_checkpoint_has_a_new_curve(int stepsAgain)
    {
        Append(Enumerable.Range(1, 4).Select(step => Line(step, 3, null)));
        Assert.Equal(4, _curve.Read().Count);
        File.Delete(_path);
        Append(Enumerable.Range(1, stepsAgain).Select(step => Line(step, step < 2 ? 3 : 9, null))); // as long as before, shorter or longer
        Assert.Equal(
            Enumerable.Range(1, stepsAgain).Select(step => ((long)step, step < 2 ? 3.0 : 9.0)),
            _curve.Read().Select(point => (point.Step, point.Loss!.Value)));
    }

    [Fact]
    public async Task Many_may_read_at_once()
    {
        Append(Enumerable.Range(1, 2_000).Select(step => Line(step, 1, null)));
        IReadOnlyList<CurvePoint>[] curves = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(_curve.Read)));
        Assert.All(curves, curve => Assert.Equal(curves[0], curve));
        Assert.InRange(_curve.BytesRead, 1, new FileInfo(_path).Length + 8 * 1_000);
    }

    private void Append(IEnumerable<string> lines) =>
        File.AppendAllText(_path, string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));

    private static string Line(long step, double loss, double? validationLoss) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"step":{{step}},"loss":{{loss}},"learning_rate":0.001,"gradient_norm":1.5,"tokens_seen":{{step * 1024}},"tokens_per_second":12345.678,"elapsed":"00:00:01"{{(validationLoss is null ? "" : $",\"validation_loss\":{validationLoss}")}}}""");

    private static TrainingMetrics Metrics(long step, double loss, double? validationLoss) =>
        new() { Step = step, Loss = loss, ValidationLoss = validationLoss, LearningRate = 1, GradientNorm = 1, TokensSeen = step,
            TokensPerSecond = 1, Elapsed = TimeSpan.Zero };
}
