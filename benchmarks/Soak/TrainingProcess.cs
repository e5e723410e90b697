using System.Diagnostics;
using System.Globalization;

namespace Soak;

/// <summary><see cref="TrainingHost"/> in a process of its own, and what it has told.</summary>
internal sealed class TrainingProcess : IDisposable
{
    private const int MostErrors = 20;
    private readonly Process _process;
    private readonly Queue<string> _errors = [];
    private readonly Task _reading;

    /// <summary>Starts it.</summary>
    /// <param name="arguments">What <see cref="TrainingHost.RunAsync"/> takes.</param>
    /// <param name="fault">Told the kind of each fault.</param>
    public TrainingProcess(IEnumerable<string> arguments, Action<string> fault)
    {
        ProcessStartInfo start = new(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", typeof(TrainingProcess).Assembly.Location, "train", .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, line => Take(line, fault)), ReadAsync(_process.StandardError, Keep));
    }

    /// <summary>The step that it went on from; null until it has.</summary>
    public long? Begun { get; private set; }

    /// <summary>The last step that it has told of.</summary>
    public long Step { get; private set; }

    /// <summary>Steps told of since it began, those done again included.</summary>
    public int StepsDone { get; private set; }

    /// <summary>When it last told of anything.</summary>
    public long LastTold { get; private set; } = Stopwatch.GetTimestamp();

    public bool HasExited => _process.HasExited;

    /// <summary>How it ended, with the end of its errors.</summary>
    public string End
    {
        get
        {
            lock (_errors) return $"exit code {_process.ExitCode} after step {Step}; {string.Join(" / ", _errors)}";
        }
    }

    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64;
        }
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        _reading.Wait();
    }

    /// <summary>Waits for its end.</summary>
    /// <param name="stop">Whether to ask it to stop.</param>
    /// <returns>Whether it was a good one.</returns>
    public async Task<bool> WaitAsync(bool stop)
    {
        if (stop) _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        await _reading;
        return _process.ExitCode == 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private void Take(string line, Action<string> fault)
    {
        LastTold = Stopwatch.GetTimestamp();
        string[] words = line.Split(' ', 2);
        if (words[0] == "fault") fault(words[1]);
        else if (words[0] == "begin") Begun ??= long.Parse(words[1], CultureInfo.InvariantCulture);
        else if (words[0] == "step") (Step, StepsDone) = (long.Parse(words[1], CultureInfo.InvariantCulture), StepsDone + 1);
        else Keep(line);
    }

    private void Keep(string line)
    {
        lock (_errors)
        {
            _errors.Enqueue(line);
            if (_errors.Count > MostErrors) _errors.Dequeue();
        }
    }

    private static async Task ReadAsync(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync() is string line) take(line);
    }
}
