using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cs336.Training;
using Xunit.Abstractions;

namespace StoryServer.Tests.Processes;

public sealed partial class KillTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(30);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SignalFact]
    public async Task Terminated_in_training_it_saves_and_the_next_start_goes_on_as_if_it_had_never_stopped()
    {
        const int Steps = 160;
        string[] settings = ["--Story:CheckpointEvery=1000"]; // so that the only checkpoint before the end is that of the shutdown
        using (ServerProcess whole = ServerProcess.Start(_folder.File("whole"), Steps, settings))
        {
            await whole.WaitForAsync(report => (string)report["state"]! == "completed");
        }
        long stopped;
        using (ServerProcess first = ServerProcess.Start(_folder.File("killed"), Steps, settings))
        {
            Task<Stream> follower = first.WaitForAsync(report => (long)report["step"]! >= 20).ContinueWith(
                _ => first.Client.GetStreamAsync("api/training/events")).Unwrap();
            await using Stream events = await follower; // an open stream of events must not hold up the end
            Stopwatch watch = Stopwatch.StartNew();
            first.Signal("TERM");
            Assert.Equal(0, await first.WaitForExitAsync(ShutdownTime));
            output.WriteLine($"ended {watch.ElapsedMilliseconds} ms after SIGTERM");
            stopped = (await new FileCheckpointStore(_folder.File("killed/checkpoints")).ListAsync()).Single();
            Assert.InRange(stopped, 20, Steps - 1);
        }
        using (ServerProcess second = ServerProcess.Start(_folder.File("killed"), Steps, settings))
        {
            await second.WaitForAsync(report => (string)report["state"]! == "completed");
            Assert.Contains($"Training begins at step {stopped}", second.Log);
        }
        Assert.Equal(Losses("whole"), Losses("killed"));
    }

    [SignalFact]
    public async Task Killed_at_any_moment_it_finds_a_good_checkpoint_at_the_next_start()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("CS336_KILLS") ?? "3", CultureInfo.InvariantCulture);
        Random random = new(336);
        string run = _folder.File("run");
        long last = 0;
        int resumed = 0;
        for (int kill = 0; kill <= kills; kill++)
        {
            using ServerProcess server = ServerProcess.Start(run, steps: 1_000_000, "--Story:CheckpointEvery=1");
            JsonObject? report = await server.WaitForAsync(
                report => (string)report["state"]! is "running" or "faulted" && (long)report["step"]! > last);
            Assert.True(report is not null, server.Log);
            Assert.True((string)report["state"]! == "running" && report["problem"] is null, $"{report}\n{server.Log}");
            long begun = long.Parse(Begins().Match(server.Log).Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.True(begun == last, $"The newest checkpoint was that of step {last}, but it went on at step {begun}.\n{server.Log}");
            if (begun > 0) resumed++;
            // Every other kill comes after a new checkpoint, however slow the machine is: there is something to go on from.
            using CancellationTokenSource limit = new(TimeSpan.FromMinutes(5)); // a hang must not hang the tests
            while (kill % 2 == 1 && await NewestCheckpointAsync(run) == last) await Task.Delay(10, limit.Token);
            await Task.Delay(random.Next(0, 1_000));
            server.Signal("KILL");
            await server.WaitForExitAsync(ShutdownTime);
            last = await NewestCheckpointAsync(run);
        }
        output.WriteLine($"{kills} kills, {resumed} starts from a checkpoint, the last at step {last}");
        Assert.InRange(resumed, 1, kills);
    }

    /// <summary>The step of the newest checkpoint; 0 where there is none.</summary>
    private static async Task<long> NewestCheckpointAsync(string run) =>
        (await new FileCheckpointStore(Path.Combine(run, "checkpoints")).ListAsync()).LastOrDefault();

    private IEnumerable<(long, double, double?)> Losses(string run) =>
        JsonLinesMetricSink.Read(_folder.File($"{run}/metrics.jsonl"))
            .Select(metrics => (metrics.Step, metrics.Loss, metrics.ValidationLoss));

    [GeneratedRegex(@"Training begins at step (\d+)")]
    private static partial Regex Begins();
}
