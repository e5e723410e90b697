using System.Text.Json;
using Cs336.Inference;
using Cs336.Settings;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>Finds what is wrong with a run before any work is done, all of it at once.</summary>
internal static class RunChecks
{
    /// <summary>What is wrong with everything except the description itself, one sentence each.</summary>
    /// <param name="parts">What the run is made of, before any of it was used.</param>
    /// <param name="isNew">Whether the run is to begin rather than to go on; null for either.</param>
    /// <param name="isSound">Whether the description is, so that the data can be compared with it.</param>
    /// <param name="initial">The model that the run begins with; null where there is none.</param>
    public static IReadOnlyList<string> FindProblems(RunParts parts, bool? isNew, bool isSound, InitialModel? initial)
    {
        RunConfig config = parts.Config;
        List<string> problems = [.. FindFolderProblems(parts.Directory, isNew)];
        if (parts.Tokenizer is ITokenizer tokenizer)
        {
            // A model that others have trained may have more rows in its embedding than its tokenizer has tokens.
            if (tokenizer.VocabSize != config.Model.VocabSize && !(config.From is not null && tokenizer.VocabSize < config.Model.VocabSize))
                problems.Add($"model.vocab_size is {config.Model.VocabSize}, but the "
                    + $"tokenizer{(config.Data.Tokenizer is null ? "" : $" in {config.Data.Tokenizer}")} has {tokenizer.VocabSize} tokens: "
                    + "give the model as many.");
            if (config.Samples.Every is not null && config.From is not null && tokenizer.VocabSize < config.Model.VocabSize)
                problems.Add($"samples.every is {config.Samples.Every}, but the model has {config.Model.VocabSize} ids and the tokenizer "
                    + $"{tokenizer.VocabSize}, so that no text can be generated: leave it out.");
            else if (config.Samples.Every is not null)
                problems.AddRange(config.Samples.Prompts
                    .Where(prompt => tokenizer.Encode(prompt, SpecialTokenHandling.Allow).Length >= config.Model.ContextLength)
                    .Select(prompt => $"The prompt '{prompt}' takes up the whole context_length, "
                        + $"{config.Model.ContextLength}: shorten it."));
        }
        if (initial is not null && isNew is not false && FindDifference(initial, config.Model) is string difference)
            problems.Add(difference);
        problems.AddRange(FindDataProblems(config, isSound, parts.Tokenizer));
        if (isSound && FindMemoryProblem(parts) is string problem) problems.Add(problem);
        if (isNew is not true) problems.AddRange(FindCheckpointProblems(config, parts.Directory));
        return problems;
    }

    /// <summary>
    /// The model that the run is to begin with; null where it cannot be had, which is a problem.
    /// </summary>
    public static InitialModel? TryOpenInitialModel(RunConfig config, List<string> problems)
    {
        if (config.From is not string folder || folder.Contains(RunConfig.NullCharacter)) return null;
        if (string.IsNullOrWhiteSpace(folder))
        {
            problems.Add("model.from is blank: name a folder, or leave it out.");
            return null;
        }
        try
        {
            return InitialModel.Open(Path.GetFullPath(folder));
        }
        catch (Exception exception)
            when (exception is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"model.from: {exception.Message}");
            return null;
        }
    }

    /// <summary>How a shape differs from that of the model to begin with, apart from seed and context; null where it does not.</summary>
    private static string? FindDifference(InitialModel initial, TransformerConfig model)
    {
        if (initial.Config with { InitSeed = model.InitSeed, ContextLength = model.ContextLength } == model) return null;
        return model.FindProblems().Count > 0 ? null // told by itself
            : $"The model in {initial.Folder} is another than the section model tells: leave out all but from, or give its own shape:"
                + $"{Environment.NewLine}{initial.Config.ToJson()}";
    }

    private static IEnumerable<string> FindFolderProblems(RunDirectory directory, bool? isNew)
    {
        if (isNew is true && directory.HoldsRun)
        {
            yield return $"{directory.Path} already holds a run: resume it, or name another folder.";
            yield break;
        }
        if (isNew is false && !directory.HoldsRun)
        {
            yield return $"{directory.Path} holds no run to go on with: begin one, or name another folder.";
            yield break;
        }
        if (FindWriteProblem(directory.Path) is string problem) yield return problem;
        else if (Path.Exists(directory.Checkpoints) || new FileInfo(directory.Checkpoints).LinkTarget is not null)
            if (FindWriteProblem(directory.Checkpoints) is string ofCheckpoints) yield return ofCheckpoints;
    }

    /// <summary>
    /// Why a folder cannot be written to; null where it can. It is tried with a file that goes at once, where the folder is missing
    /// in the one that it would be made in.
    /// </summary>
    private static string? FindWriteProblem(string folder)
    {
        string there = folder;
        while (!Path.Exists(there) && new FileInfo(there).LinkTarget is null && Path.GetDirectoryName(there) is string parent)
            there = parent;
        try
        {
            // Without a buffer, so that a full disk shows at the write; closing it takes the file away whatever came before.
            using FileStream probe = new(Path.Combine(there, $".probe-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write,
                FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            probe.WriteByte(0);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{folder} cannot be written to: {exception.Message} Name another folder, or allow it.";
        }
    }

    /// <summary>
    /// The tokenizer that the data's section names; null where it names none or one that cannot be read, which is a problem.
    /// </summary>
    public static ITokenizer? TryLoadTokenizer(RunConfig config, List<string> problems)
    {
        // The description's own checks tell of the character 0 and of unknown encodings.
        if (config.Data.Tokenizer?.Contains(RunConfig.NullCharacter) == true || !config.Data.IsEncodingKnown) return null;
        try
        {
            return config.Data.LoadTokenizer();
        }
        catch (Exception exception)
            when (exception is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"data.tokenizer: {exception.Message}");
            return null;
        }
    }

    private static List<string> FindDataProblems(RunConfig config, bool isSound, ITokenizer? tokenizer)
    {
        bool isPadded = config.From is not null && tokenizer?.VocabSize < config.Model.VocabSize;
        List<string> problems = [];
        string[] paths = [.. config.Data.Training.Select(file => file.Path),
            .. config.Data.Validation is string validation ? [validation] : Array.Empty<string>()];
        foreach (string path in paths)
        {
            try
            {
                using TokenDataset tokens = TokenDataset.Open(path);
                if (tokens.TokenizerFingerprint is string made && tokenizer is not null && made != TokenizerFingerprint.Of(tokenizer))
                    problems.Add($"{path} was encoded with another tokenizer than {config.Data.Tokenizer ?? "the run's"}: name that one.");
                if (isPadded && tokens.FindIdOutside(tokenizer!.VocabSize) is (long at, int other))
                    problems.Add($"{path} holds token id {other} at place {at}, but the tokenizer has {tokenizer.VocabSize} tokens: was "
                        + "the data made with another tokenizer?");
                if (config.Model.VocabSize > 0 && tokens.FindIdOutside(config.Model.VocabSize) is (long place, int id))
                    problems.Add($"{path} holds token id {id} at place {place}, but model.vocab_size is {config.Model.VocabSize}: was the "
                        + "data made with another tokenizer?");
            }
            catch (Exception exception)
                when (exception is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
            {
                problems.Add($"data: {exception.Message}");
            }
        }
        if (problems.Count > 0 || !isSound) return problems;
        using TrainingData data = config.Data.Open();
        problems.AddRange(TrainerChecks.FindProblems(config.Model, data, config.Training, hasStore: true));
        return problems;
    }

    private static string? FindMemoryProblem(RunParts parts)
    {
        try
        {
            return parts.EstimateMemory()?.FindProblem();
        }
        catch (OverflowException exception)
        {
            return exception.Message;
        }
    }

    private static IEnumerable<string> FindCheckpointProblems(RunConfig config, RunDirectory directory)
    {
        ICheckpointStore store = directory.OpenCheckpoints();
        if (CheckpointReader.FindNewest(store).Step is not long step) yield break; // none, or none that is whole: the trainer tells
        // A shape that is not sound is told of by itself, and may hold numbers that cannot be written out to be compared.
        if (config.Model.FindProblems().Count == 0
            && CheckpointRestorer.FindDifference(CheckpointReader.ReadConfig(store, step), config.Model) is string difference)
            yield return $"The checkpoint of step {step} is of another model: {difference}";
        if (EarlierRuns.IsOne(directory)) yield break;
        if (RunConfig.Load(directory.Config).Optimizer.Name is OptimizerKind begun && begun != config.Optimizer.Name)
            yield return $"The run was begun with {NameOf(begun)}, but optimizer.name is {NameOf(config.Optimizer.Name)}: set it back, or "
                + "begin anew in another folder.";
    }

    private static string NameOf(OptimizerKind kind) =>
        JsonSerializer.Serialize(kind, RunConfig.JsonOptions.GetTypeInfo(typeof(OptimizerKind))).Trim('"');
}
