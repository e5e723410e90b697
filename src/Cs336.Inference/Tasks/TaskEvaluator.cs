using Cs336.Tokenizers;
using Cs336.Vocabularies;

namespace Cs336.Inference;

/// <summary>
/// Measures a model on tasks, as lm-evaluation-harness does: by the probabilities that it gives to texts after a context.
/// </summary>
/// <remarks>
/// Context and choice are encoded together, with a space between them, and the tokens that the choice adds are scored. An empty context
/// is the tokenizer's <c>&lt;|endoftext|&gt;</c>. What does not fit the model's context is left out at the context's beginning.
/// </remarks>
public static class TaskEvaluator
{
    private const string TextStart = "<|endoftext|>";

    /// <summary>Asks a model all questions of a task.</summary>
    /// <param name="model">The model, which no one else may use meanwhile.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <param name="task">The questions, each with its choices, and how their answers count.</param>
    /// <param name="progress">Told the number of questions that have been asked, after each.</param>
    /// <param name="cancellationToken">Looked at before each question.</param>
    /// <exception cref="ArgumentException">Tokenizer and model have vocabularies of different sizes.</exception>
    /// <exception cref="InvalidDataException">
    /// A choice adds no token or more than the model's context holds, or a context is empty and the tokenizer has no token for a text's
    /// start; the message names the line.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static TaskResult Evaluate(
        ILanguageModel model, ITokenizer tokenizer, EvaluationTask task, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(task);
        if (!VocabularyFit.Fits(tokenizer.VocabSize, model.VocabSize))
            throw new ArgumentException(VocabularyFit.Problem(tokenizer.VocabSize, model.VocabSize));
        using SequenceScorer scorer = new(model);
        int right = 0, rightByLength = 0, asked = 0;
        double logProbabilities = 0, chance = 0;
        foreach (TaskQuestion question in task.Questions)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (double LogProbability, bool IsGreedy)[] scores =
                [.. question.Choices.Select(choice => Score(scorer, model, tokenizer, task, question, choice))];
            if (task.Kind == TaskKind.Cloze)
            {
                if (scores[0].IsGreedy) right++;
                logProbabilities += scores[0].LogProbability;
            }
            else
            {
                if (Best(scores.Select(score => score.LogProbability)) == question.Answer) right++;
                if (Best(scores.Zip(question.Choices, (score, choice) => score.LogProbability / Characters(choice))) == question.Answer)
                    rightByLength++;
                chance += 1.0 / scores.Length;
            }
            progress?.Report(++asked);
        }
        int count = task.Questions.Count;
        bool isCloze = task.Kind == TaskKind.Cloze;
        return new TaskResult
        {
            Name = task.Name,
            Kind = task.Kind,
            Questions = count,
            Accuracy = (double)right / count,
            NormalizedAccuracy = isCloze ? null : (double)rightByLength / count,
            Perplexity = isCloze ? Math.Exp(-logProbabilities / count) : null,
            Chance = chance / count,
        };
    }

    private static (double LogProbability, bool IsGreedy) Score(
        SequenceScorer scorer, ILanguageModel model, ITokenizer tokenizer, EvaluationTask task, TaskQuestion question, string choice)
    {
        string context = question.Context.TrimEnd(' '); // the spaces go to the choice, where tokens that begin with one are
        string added = question.Context.Length == 0 ? choice
            : question.Context.Length > context.Length ? question.Context[context.Length..] + choice : " " + choice;
        int[] before = context.Length == 0 ? [StartOf(tokenizer, task, question)] : tokenizer.Encode(context);
        int[] whole = context.Length == 0 ? [.. before, .. tokenizer.Encode(added)] : tokenizer.Encode(context + added);
        int start = Math.Min(before.Length, whole.Length), scored = whole.Length - start;
        if (scored == 0) throw new InvalidDataException($"{task.Name}, line {question.Line}: '{choice}' adds no token to its context.");
        if (scored > model.ContextLength)
            throw new InvalidDataException(
                $"{task.Name}, line {question.Line}: a choice has {scored} tokens, but the model's context_length is "
                + $"{model.ContextLength}.");
        int left = Math.Max(0, whole.Length - model.ContextLength - 1);
        return scorer.Score(whole.AsSpan(left), start - left);
    }

    private static int StartOf(ITokenizer tokenizer, EvaluationTask task, TaskQuestion question) =>
        tokenizer.SpecialTokens.TryGetValue(TextStart, out int id) ? id : throw new InvalidDataException(
            $"{task.Name}, line {question.Line}: the context is empty, and the tokenizer has no {TextStart} to begin a text with.");

    /// <summary>The place of the largest, the first of several.</summary>
    private static int Best(IEnumerable<double> scores) => scores.Index().MaxBy(score => score.Item).Index;

    /// <summary>As Python counts them, by code points.</summary>
    private static int Characters(string text) => text.EnumerateRunes().Count();
}
