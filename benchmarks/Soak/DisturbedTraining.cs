using System.Diagnostics;
using System.Globalization;
using Cs336.Training;

namespace Soak;

/// <summary>
/// Trains in processes that are killed one after another, and compares what is left with a training that nobody disturbed.
/// </summary>
internal sealed class DisturbedTraining(SoakFiles files, Faults faults, Findings findings, TimeSpan pause)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly FileCheckpointStore _checkpoints = new RunDirectory(files.Run).OpenCheckpoints();
    private long _newest, _doneAgain, _workingSet;
    private int _kills;

    /// <summary>Trains until it is time to end; the last process is asked to stop.</summary>
    public async Task RunAsync(Func<bool> isOver)
    {
        while (!isOver())
        {
            using TrainingProcess process = Start(files.Run, 1_000_000_000, faults.Next(1, int.MaxValue));
            int until = faults.Next(5, 300), replaceAt = faults.IsTime(2) ? faults.Next(5, 300) : int.MaxValue;
            while (!isOver() && !process.HasExited && process.StepsDone < until && Stopwatch.GetElapsedTime(process.LastTold) < Patience)
            {
                await Task.Delay(20);
                _workingSet = Math.Max(_workingSet, process.WorkingSet);
                if (process.StepsDone >= replaceAt) replaceAt = ReplaceAFile();
            }
            if (process.HasExited || isOver()) await EndAsync(process);
            else Kill(process);
            if (process.Begun is long begun) _doneAgain += Math.Max(0, _newest - begun);
            _newest = Math.Max(_newest, process.Step);
        }
    }

    /// <summary>Ends the run without faults, and trains another as long that has none.</summary>
    public async Task CompareAsync()
    {
        foreach (string run in (string[])[files.Run, files.Undisturbed])
        {
            using TrainingProcess process = Start(run, _newest + 1, seed: null);
            if (!await process.WaitAsync(stop: false)) findings.Break("a run that is left alone is completed", process.End);
        }
        IReadOnlyList<TrainingMetrics> disturbed = Read(files.Run), expected = Read(files.Undisturbed);
        long[] steps = [.. disturbed.Select(metrics => metrics.Step)], all = [.. expected.Select(metrics => metrics.Step)];
        int twice = steps.Length - steps.Distinct().Count(), missing = all.Except(steps).Count();
        if (twice + missing > 0)
            findings.Break(
                "every step stands once in metrics.jsonl",
                $"{twice} twice, {missing} missing: {string.Join(", ", all.Except(steps).Take(10))}");
        if (!disturbed.Select(metrics => metrics.Loss).SequenceEqual(expected.Select(metrics => metrics.Loss)))
            findings.Break("every step's loss is that of the undisturbed run", "it is not");
        foreach (string part in (string[])["model.safetensors", "optimizer.safetensors"])
            if (!BytesOf(files.Run, part).AsSpan().SequenceEqual(BytesOf(files.Undisturbed, part)))
                findings.Break("the weights are those of the undisturbed run", $"{part} of step {_newest + 1} differs");
        findings.Figures["steps of the run"] = string.Create(CultureInfo.InvariantCulture, $"{_newest + 1:N0}");
        findings.Figures["training processes killed"] = string.Create(CultureInfo.InvariantCulture, $"{_kills:N0}");
        findings.Figures["steps computed again after kills, faults and damaged checkpoints"] = string.Create(
            CultureInfo.InvariantCulture, $"{_doneAgain:N0}");
        findings.Figures["steps twice in metrics.jsonl"] = $"{twice}";
        findings.Figures["steps missing in metrics.jsonl"] = $"{missing}";
        findings.Figures["memory of the largest training process"] = $"{_workingSet >> 20} MiB";
    }

    private TrainingProcess Start(string run, long steps, int? seed) => new(
        [files.Folder, run, $"{steps}", seed is null ? "none" : $"{seed}",
            seed is null ? "0" : pause.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)], faults.Count);

    private async Task EndAsync(TrainingProcess process)
    {
        bool asked = !process.HasExited;
        bool isGood = await process.WaitAsync(stop: asked);
        if (!asked) findings.Break("nothing that a user's part throws ends the training process", process.End);
        else if (!isGood) findings.Break("a training process that is asked to stop does", process.End);
    }

    private void Kill(TrainingProcess process)
    {
        if (Stopwatch.GetElapsedTime(process.LastTold) >= Patience)
            findings.Break("the training does not stand still", $"after step {process.Step}");
        process.Kill();
        faults.Count("training process killed");
        _kills++;
    }

    /// <summary>
    /// Puts another file in the place of one that is in use: half of the newest checkpoint's weights, or the same tokens once more.
    /// </summary>
    private int ReplaceAFile()
    {
        long[] steps = [.. _checkpoints.ListAsync().Result];
        bool damages = steps.Length > 1 && faults.IsTime(2);
        string path = damages ? Path.Combine(_checkpoints.FolderOf(steps[^1]), "model.safetensors") : files.Tokens,
            beside = Path.Combine(files.Folder, "beside");
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            File.WriteAllBytes(beside, damages ? bytes[..(bytes.Length / 2)] : bytes);
            File.Move(beside, path, overwrite: true);
            faults.Count(damages ? "weights of the newest checkpoint replaced by half of them" : "token file replaced by its copy");
        }
        catch (IOException)
        {
            // the checkpoint has gone meanwhile
        }
        return int.MaxValue;
    }

    private byte[] BytesOf(string run, string part) =>
        File.ReadAllBytes(Path.Combine(new RunDirectory(run).OpenCheckpoints().FolderOf(_newest + 1), part));

    private static IReadOnlyList<TrainingMetrics> Read(string run) => JsonLinesMetricSink.Read(new RunDirectory(run).Metrics);
}
