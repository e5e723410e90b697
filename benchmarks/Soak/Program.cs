// Trains a tiny model in a process that is killed again and again, and serves it to callers meanwhile, while everything that a user may
// put into the libraries fails now and then: ends with a table, and with exit code 1 where a promise of SECURITY.md was broken.
//
//   dotnet run -c Release --project benchmarks/Soak -- --minutes 60 [--seed 1] [--output benchmarks/results]
//
// --seconds 5 is a short one. What fails is drawn from the seed; at which moment of the run that is depends on the threads.
using System.Diagnostics;
using System.Globalization;
using Cs336.Benchmarks;
using Soak;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["train", string folder, string run, string steps, string faultSeed, string pause])
{
    await TrainingHost.RunAsync(
        folder, run, long.Parse(steps), faultSeed == "none" ? null : int.Parse(faultSeed), TimeSpan.FromMilliseconds(int.Parse(pause)));
    return 0;
}

TimeSpan length = TimeSpan.FromSeconds(double.Parse(Argument("--seconds") ?? "0") + 60 * double.Parse(Argument("--minutes") ?? "0"));
int seed = int.Parse(Argument("--seed") ?? "1");
if (length <= TimeSpan.Zero || args.Length % 2 != 0)
    throw new ArgumentException("Say how long: --minutes 60, or --seconds 5. Besides there are --seed and --output.");

DirectoryInfo temporary = Directory.CreateTempSubdirectory("cs336-soak-");
try
{
    SoakFiles files = new(temporary.FullName);
    files.Make();
    Findings findings = new();
    Faults faults = new(seed);
    List<(string When, long Managed, long Resident)> memory = [];
    long? began = null;
    bool IsOver() => began is long start && Stopwatch.GetElapsedTime(start) >= length;

    DisturbedTraining training = new(files, faults, findings, pause: TimeSpan.FromMilliseconds(20));
    Task trained = training.RunAsync(IsOver);
    Task called;
    await using (Serving serving = new(files, faults, findings))
    {
        await serving.StartAsync(() => trained.IsCompleted);
        began = Stopwatch.GetTimestamp();
        called = new Callers(serving.Service, faults, findings, IsOver).RunAsync();
        Task reloaded = serving.ReloadAsync(IsOver);
        for (int part = 0; part < 3; part++)
        {
            await Task.Delay(length * (part == 0 ? 0.1 : 0.44));
            GC.Collect();
            GC.WaitForPendingFinalizers();
            memory.Add((((string[])["at the start, after a tenth of the time", "in the middle", "at the end"])[part],
                GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet));
        }
        await Task.WhenAll(trained, reloaded);
    }
    TimeSpan elapsed = Stopwatch.GetElapsedTime(began.Value);
    await called;
    await training.CompareAsync();
    if (memory[2].Managed > memory[1].Managed + (16 << 20))
        findings.Break("the managed heap does not grow", $"from {memory[1].Managed:N0} to {memory[2].Managed:N0} bytes");

    string report = Report.Write(
        findings, faults, memory, $"dotnet run -c Release --project benchmarks/Soak -- {string.Join(' ', args)}", elapsed);
    Console.Write(report);
    if (Argument("--output") is string output) File.WriteAllText(Machine.ResultsFile(output, "soak"), report);
    return findings.Broken.Count == 0 ? 0 : 1;
}
finally
{
    temporary.Delete(recursive: true);
}

string? Argument(string name) => Array.IndexOf(args, name) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;
