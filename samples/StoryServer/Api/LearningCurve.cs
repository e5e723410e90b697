using System.Text.Json;
using System.Text.Json.Serialization;

namespace StoryServer.Api;

/// <summary>
/// The learning curve of the whole run, earlier starts of the server included, in at most 400 points. Each call reads what was appended to
/// the run's metrics since the one before, and thins it out as it comes, so that neither work nor memory grow with the run.
/// </summary>
internal sealed partial class LearningCurve(string path, ILogger<LearningCurve> logger)
{
    private const int MaxPoints = 400, BlockBytes = 65_536, MarkBytes = 256;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly Lock _lock = new();
    private readonly List<Stretch> _stretches = [];
    private int _stepsPerPoint = 1;
    private long _position; // what is before it is in the curve
    private byte[] _mark = []; // the bytes before the position, by which a file that was replaced is known
    private long _lines;
    private bool _skips; // the rest of a line that is longer than a block
    private int _damaged;

    /// <summary>Bytes read from the file by all calls.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Reads what is new and returns the whole curve.</summary>
    public IReadOnlyList<CurvePoint> Read()
    {
        lock (_lock)
        {
            if (!File.Exists(path)) return [];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (!IsMarkIn(file)) Forget();
            file.Position = _position;
            Append(file);
            return [.. _stretches.Select(
                stretch => new CurvePoint(stretch.Step, TrainingReport.Finite(stretch.LossSum / stretch.Steps), stretch.ValidationLoss))];
        }
    }

    /// <summary>A training that goes on from an earlier checkpoint replaces the file by one with fewer lines.</summary>
    private bool IsMarkIn(FileStream file)
    {
        if (file.Length < _position) return false;
        byte[] found = new byte[_mark.Length];
        file.Position = _position - _mark.Length;
        file.ReadExactly(found);
        BytesRead += found.Length;
        return found.AsSpan().SequenceEqual(_mark);
    }

    private void Forget()
    {
        _stretches.Clear();
        (_stepsPerPoint, _position, _mark, _lines, _skips) = (1, 0, [], 0, false);
    }

    private void Append(FileStream file)
    {
        byte[] block = new byte[BlockBytes];
        _damaged = 0;
        for (int held = 0, read; (read = file.Read(block, held, block.Length - held)) > 0;)
        {
            BytesRead += read;
            held += read;
            int done = 0;
            for (int length; (length = block.AsSpan(done, held - done).IndexOf((byte)'\n')) >= 0; done += length + 1)
                AddLine(block.AsSpan(done, length));
            if (done == 0 && held == block.Length) (done, _skips) = (held, true);
            if (done > 0) _mark = block[Math.Max(0, done - MarkBytes)..done];
            _position += done;
            held -= done;
            block.AsSpan(done, held).CopyTo(block); // the beginning of a line, whose rest is still to come
        }
        if (_damaged > 0) LinesPassedOver(_damaged, path, _lines);
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        _lines++;
        if (!_skips && line.Trim(" \r\t"u8).IsEmpty) return;
        Metrics? metrics = null;
        try
        {
            if (!_skips) metrics = JsonSerializer.Deserialize<Metrics>(line, Format);
        }
        catch (JsonException)
        {
            // counted below
        }
        _skips = false;
        if (metrics is null) _damaged++;
        else Add(metrics);
    }

    private void Add(Metrics metrics)
    {
        if (_stretches.Count == 0 || _stretches[^1].Steps == _stepsPerPoint)
        {
            if (_stretches.Count == MaxPoints) ThinOut();
            _stretches.Add(new Stretch(0, 0, 0, null));
        }
        _stretches[^1] = _stretches[^1].With(new Stretch(metrics.Step, 1, metrics.Loss ?? double.NaN, metrics.ValidationLoss));
    }

    private void ThinOut()
    {
        for (int i = 0; i < MaxPoints / 2; i++) _stretches[i] = _stretches[2 * i].With(_stretches[2 * i + 1]);
        _stretches.RemoveRange(MaxPoints / 2, MaxPoints / 2);
        _stepsPerPoint *= 2;
    }

    [LoggerMessage(
        EventId = 1, Level = LogLevel.Warning, Message = "Passed over {Count} damaged lines of {Path}, which has {Lines} so far")]
    private partial void LinesPassedOver(int count, string path, long lines);

    /// <summary>What the curve needs of a line.</summary>
    private sealed record Metrics
    {
        public required long Step { get; init; }

        public required double? Loss { get; init; } // null where it is no finite number

        public double? ValidationLoss { get; init; }
    }

    /// <summary>Some steps in a row.</summary>
    private readonly record struct Stretch(long Step, int Steps, double LossSum, double? ValidationLoss)
    {
        public Stretch With(Stretch next) =>
            new(next.Step, Steps + next.Steps, LossSum + next.LossSum, next.ValidationLoss ?? ValidationLoss);
    }
}
