namespace Cs336.Testing;

/// <summary>
/// Gives readers damaged files. A failure names its seed and leaves the input in a file: put it into the project's <c>Fuzzing/findings</c>
/// with the target's name before its own, and it is read by every run from then on.
/// </summary>
internal static class FuzzRun
{
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(120);

    /// <summary>Reads every sample, which must be sound, and then damaged ones.</summary>
    public static async Task Of(FuzzTarget target)
    {
        foreach (byte[] sample in target.Samples) target.Read(sample);
        int seed = FuzzBudget.FirstSeed;
        byte[] input = [];
        Task<string?> reading = Task.Factory.StartNew(() =>
        {
            for (FuzzBudget budget = new(seeds: 150); budget.Has(seed); seed++)
            {
                Random random = new(seed);
                input = new Damage(random, target.Samples).Next();
                if (target.Repair is not null && random.Next(2) == 0) input = target.Repair(input);
                if (target.FindFault(input) is string fault) return fault;
            }
            return null;
        }, TaskCreationOptions.LongRunning);
        string? found = await Task.WhenAny(reading, Task.Delay(Hang + FuzzBudget.Time)) == reading
            ? await reading
            : "it does not come to an end";
        if (found is null) return;
        string path = Path.Combine(Path.GetTempPath(), $"{target.Name}-{seed}");
        File.WriteAllBytes(path, input);
        Assert.Fail($"{target.Name}, seed {seed}, input in {path}: {found}");
    }

    /// <summary>The findings of a project, as data of a theory: files whose names begin with a target's.</summary>
    /// <param name="project">The tests' folder, such as Cs336.Inference.Tests.</param>
    public static TheoryData<string> Findings(string project) =>
        [.. Directory.EnumerateFiles(FolderOf(project)).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Reads a finding by the target that its name begins with.</summary>
    public static void Repeat(string project, string finding, IEnumerable<FuzzTarget> targets)
    {
        FuzzTarget target =
            targets.Where(target => finding.StartsWith(target.Name + "-", StringComparison.Ordinal)).MaxBy(target => target.Name.Length)!;
        Assert.Null(target.FindFault(File.ReadAllBytes(Path.Combine(FolderOf(project), finding))));
    }

    private static string FolderOf(string project) => Path.Combine(RepositoryRoot.Path, "tests", project, "Fuzzing", "findings");
}
