using System.Globalization;
using System.Text.Json;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>Compares a run as it was saved with what is to go on with it, before anything is changed.</summary>
internal sealed class ResumeChecks(SavedRun saved, TransformerLM model, IOptimizer optimizer, TrainingData data, TrainerOptions options)
{
    private static readonly string[] ChangeWhatIsLearnt = ["batch_size", "accumulation_steps", "window_length", "precision",
        "loss.z_loss_weight", "loss.chunk_tokens", "gradient_precision", "max_gradient_norm", "schedule_by_time",
        "batch_size_start", "batch_size_ramp_steps"];

    private TrainerState State => saved.State;

    /// <summary>Why the run cannot go on, one sentence or two each.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (CheckpointRestorer.FindDifference(saved.ReadConfig(), model.Config) is string difference)
            problems.Add($"{saved.Name} is of another model: {difference}");
        if (saved.FindMisfit(optimizer) is string misfit)
        {
            string now = RunIdentity.NameOf(optimizer);
            problems.Add(State.Identity is RunIdentity identity && identity.Optimizer != now
                ? $"The run was begun with {identity.Optimizer}, but is to go on with {now}: resume it with {identity.Optimizer}, or begin "
                    + "anew in another folder."
                : $"{saved.Name} does not fit {now}: {misfit}. Resume with the optimizer that the run was begun with, or begin anew in "
                    + "another folder.");
        }
        WindowSampling before = State.Sampler.Random is null ? WindowSampling.Epochs : WindowSampling.Random;
        if (before != options.Sampling)
            problems.Add($"The run was begun with {NameOf(before)} windows, but sampling is {NameOf(options.Sampling)}: set it back, or "
                + "begin anew in another folder.");
        else if (State.Sampler.WindowsDrawn is IReadOnlyList<long> drawn && drawn.Count != data.Training.Texts.Count)
            problems.Add($"The run was begun with {Texts(drawn.Count)}, but is to go on with {data.Training.Texts.Count}, "
                + "and epochs are counted for each: go on with the same, or begin anew in another folder.");
        long total = options.TotalSteps(model.ContextLength);
        if (total < State.Step)
        {
            string limit = total < options.MaxSteps ? $"max_tokens is {options.MaxTokens}, {total} steps"
                : $"max_steps is {options.MaxSteps}";
            problems.Add($"The run has come to step {State.Step}, but {limit}: raise it, or begin anew in another folder.");
        }
        return problems;
    }

    /// <summary>What makes the run go on otherwise than it would have, or otherwise than it did, one sentence or two each.</summary>
    /// <param name="identity">What it goes on with.</param>
    /// <param name="schedule">How fast it goes on.</param>
    public IEnumerable<string> FindChanges(RunIdentity identity, ILrSchedule schedule) =>
        [.. OfProcessor(), .. OfOptions(), .. OfDescription(identity), .. OfParts(identity), .. OfLearningRate(schedule)];

    /// <summary>Whether what was measured is no longer comparable with what will be.</summary>
    public bool IsValidatedOtherwise(RunIdentity identity) =>
        State.Identity is RunIdentity before && before.Validation != identity.Validation;

    private IEnumerable<string> OfProcessor()
    {
        if (State.Processor is string processor && processor != ComputePlan.ProcessorKind)
            yield return $"The run was saved on another kind of processor ({processor}; here {ComputePlan.ProcessorKind}): it goes on, but "
                + "not bit for bit as it would have there.";
    }

    private IEnumerable<string> OfOptions()
    {
        if (State.Options is not TrainerOptions before) yield break;
        // A window length that was left to the model then may be named now: that is no change.
        TrainerOptions then = before with { WindowLength = before.WindowLength ?? model.ContextLength };
        TrainerOptions now = options with
        {
            WindowLength = options.WindowLength ?? model.ContextLength,
            Precision = options.Precision ?? (before.Precision is null ? null : model.Precision),
        };
        foreach ((string key, string? old, string? current) in OptionChange.Between(then, now))
        {
            if (key == "sampling") continue; // refused
            string consequence = key == "seed"
                ? options.Sampling == WindowSampling.Epochs
                    ? "the order of the data is another, so that the run does not go on as it would have"
                    : "it has no effect on a run that goes on with random windows"
                : ChangeWhatIsLearnt.Contains(key) ? "the run does not go on as it would have" : "that holds from here on";
            yield return $"{key} is {current ?? "not set"}, but was {old ?? "not set"} when the run was saved: {consequence}.";
        }
    }

    private IEnumerable<string> OfDescription(RunIdentity now)
    {
        if (State.Identity?.Description is not JsonElement before || now.Description is not JsonElement description) yield break;
        foreach ((string key, string? old, string? current) in OptionChange.Between(before, description))
        {
            string consequence = key == "model.init_seed" ? "it has no effect on a run that goes on, whose weights are there"
                : key.StartsWith("optimizer.", StringComparison.Ordinal) ? "the run does not go on as it would have"
                : "that holds from here on";
            yield return $"{key} is {current ?? "not set"}, but was {old ?? "not set"} when the run was saved: {consequence}.";
        }
    }

    private IEnumerable<string> OfParts(RunIdentity now)
    {
        if (State.Identity is not RunIdentity before) yield break;
        if (before.Optimizer != now.Optimizer)
            yield return $"The run was begun with {before.Optimizer} and goes on with {now.Optimizer}, whose state has the same tensors: "
                + "it does not go on as it would have.";
        if (before.Texts.Count != now.Texts.Count)
            yield return $"The run was saved with {Texts(before.Texts.Count)} to learn from and goes on with {now.Texts.Count}: it does "
                + "not go on as it would have.";
        foreach ((TextIdentity old, TextIdentity text) in before.Texts.Zip(now.Texts))
            if (FindChange(old, text) is string change) yield return $"{text.Path} {change}: the run does not go on as it would have.";
        if (before.Validation != now.Validation)
            yield return (before.Validation, now.Validation) switch
            {
                (null, _) => "The run was saved without validation data and goes on with some.",
                (_, null) => "The run was saved with validation data and goes on without: no validation is the best from here on.",
                _ => $"{data.Validation!.Path} is other validation data than the run was saved with: the best validation and the "
                    + "patience begin anew.",
            };
        if (before.Tokenizer is not null && now.Tokenizer is null)
            yield return "The run was saved with a tokenizer and goes on without: there are no bits per byte from here on.";
        if (before.Tokenizer is not null && now.Tokenizer is not null && before.Tokenizer != now.Tokenizer)
            yield return "The tokenizer is another than the run was saved with: token ids may mean other text than the model has learnt.";
    }

    private string? FindChange(TextIdentity old, TextIdentity now)
    {
        string order = options.Sampling == WindowSampling.Epochs
            ? ", and its windows come in another order, so that some come twice in an epoch and others not at all" : "";
        string before = old.Path == now.Path ? "" : $" in place of {old.Path}";
        if (old.Tokens != now.Tokens)
            return string.Create(CultureInfo.InvariantCulture, $"has {now.Tokens:N0} tokens to learn from{before}, but there were "
                + $"{old.Tokens:N0} when the run was saved{order}");
        if (old.Fingerprint != now.Fingerprint) return $"holds other tokens{before} than when the run was saved";
        return Math.Abs(old.Share - now.Share) > 1e-9
            ? string.Create(CultureInfo.InvariantCulture, $"gives {now.Share:0.###} of all windows{before}, but it was {old.Share:0.###} "
                + $"when the run was saved") : null;
    }

    /// <summary>
    /// A jump that the schedule itself does not make: at the last step it would have told another rate than the one that was used. Where
    /// it is the same schedule, whatever it does next is what it would have done.
    /// </summary>
    private IEnumerable<string> OfLearningRate(ILrSchedule schedule)
    {
        if (options.ScheduleByTime) yield break; // the rate at the next step depends on the time
        if (State.LearningRate is not double last || State.Step >= options.TotalSteps(model.ContextLength)) yield break;
        double next = schedule.GetLearningRate(State.Step);
        if (IsFar(last, next) && IsFar(last, schedule.GetLearningRate(State.Step - 1)))
            yield return string.Create(CultureInfo.InvariantCulture,
                $"The learning rate was {last:0.######e-0} at the last step, {State.Step - 1}, but is {next:0.######e-0} at the next: the "
                + $"schedule is another than the run was saved with, and such a jump can undo what was learnt.{Advice()}");
    }

    /// <summary>What to set where the schedule is another because the run is longer.</summary>
    private string Advice() =>
        State.Options?.TotalSteps(model.ContextLength) is long steps && steps != options.TotalSteps(model.ContextLength)
        ? $" To keep the old schedule, whose last rate then holds for the steps that are added, make it for {steps} steps: "
            + $"optimizer.schedule_steps={steps}." : "";

    private static string Texts(int count) => count == 1 ? "1 text" : $"{count} texts";

    private static bool IsFar(double one, double other) => Math.Max(one, other) > 1.5 * Math.Min(one, other);

    private static string NameOf(WindowSampling sampling) => sampling == WindowSampling.Epochs ? "epochs" : "random";
}
