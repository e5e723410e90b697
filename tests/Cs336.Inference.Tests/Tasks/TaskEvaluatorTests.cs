using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

/// <summary>With a model whose next token depends on every token before, against sums that are computed without any cache.</summary>
public sealed class TaskEvaluatorTests
{
    private static readonly ByteTokenizer Tokenizer = new();

    [Fact]
    public void Choices_are_told_apart_by_their_log_probability_and_by_that_of_a_character()
    {
        HistoryModel model = new(257, 64);
        EvaluationTask task = Task(TaskKind.MultipleChoice,
            new TaskQuestion("The sky is", ["blue", "very green"], 0, 1), new TaskQuestion(
                "A cat", ["sat", "on", "a mat"], 2, 2), new TaskQuestion("", ["x", "yyy"], 1, 3), new TaskQuestion(
                "spaces  ", ["a", "bcd"], 0, 4),
            new TaskQuestion("The sky is", ["grey", "a lid"], 1, 5), new TaskQuestion("It is ✓", ["é", "ab"], 0, 6), new TaskQuestion(
                "One", ["two", "and three"], 1, 7),
            new TaskQuestion("Two", ["an ending of many letters", "x"], 0, 8));
        int right = 0, rightByLength = 0;
        foreach (TaskQuestion question in task.Questions)
        {
            string space = question.Context.Length == 0 || question.Context.EndsWith(' ') ? "" : " ";
            double[] sums = [.. question.Choices.Select(choice => LogProbability(question.Context, space + choice))];
            double[] perCharacter = [.. sums.Zip(question.Choices, (sum, choice) => sum / choice.Length)];
            if (Array.IndexOf(sums, sums.Max()) == question.Answer) right++;
            if (Array.IndexOf(perCharacter, perCharacter.Max()) == question.Answer) rightByLength++;
        }
        List<int> told = [];
        TaskResult result = TaskEvaluator.Evaluate(model, Tokenizer, task, new Told(told.Add));
        Assert.Equal((right / 8.0, rightByLength / 8.0), (result.Accuracy, result.NormalizedAccuracy!.Value));
        Assert.NotEqual(right, rightByLength); // or the test could not tell the two from each other
        Assert.InRange(right, 1, 7);
        Assert.Equal((7 / 2.0 + 1 / 3.0) / 8, result.Chance, 12);
        Assert.Equal(Math.Sqrt(result.Accuracy * (1 - result.Accuracy) / 7), result.StandardError!.Value, 12);
        Assert.Null(result.Perplexity);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], told);
        Assert.Equal(0, model.LiveCaches);
    }

    [Fact]
    public void A_cloze_is_right_where_every_token_is_the_likeliest()
    {
        HistoryModel model = new(257, 64);
        // Of contexts and targets of one letter, those that the model would write and as many that it would not.
        List<TaskQuestion> greedy = [], others = [];
        for (int i = 0; greedy.Count < 3; i++)
        {
            string context = $"context {i} ";
            int likeliest = Likeliest(context);
            if (likeliest is < 33 or > 126) continue;
            greedy.Add(new TaskQuestion(context, [$"{(char)likeliest}"], 0, i));
            others.Add(new TaskQuestion(context, [$"{(char)likeliest}x"], 0, i));
        }
        // Spaces at a context's end are encoded with the target, and must be the likeliest, too: they are not.
        Assert.Equal(0, TaskEvaluator.Evaluate(model, Tokenizer, Task(TaskKind.Cloze, [.. greedy])).Accuracy);
        using SequenceScorer scorer = new(model);
        foreach ((TaskQuestion right, TaskQuestion wrong) in greedy.Zip(others))
        {
            Assert.True(scorer.Score(Tokenizer.Encode(right.Context + right.Choices[0]), right.Context.Length).IsGreedy);
            Assert.False(scorer.Score(Tokenizer.Encode(wrong.Context + wrong.Choices[0]), wrong.Context.Length).IsGreedy);
        }
        TaskResult result = TaskEvaluator.Evaluate(
            model, Tokenizer,
            Task(TaskKind.Cloze, new TaskQuestion("The cat", ["sat"], 0, 1), new TaskQuestion("A dog", ["ran off"], 0, 2)));
        double mean = (LogProbability("The cat", " sat") + LogProbability("A dog", " ran off")) / 2;
        Assert.Equal(Math.Exp(-mean), result.Perplexity!.Value, 1e-6 * Math.Exp(-mean));
        Assert.Equal((0.0, null), (result.Chance, result.NormalizedAccuracy));
    }

    [Fact]
    public void What_two_sequences_begin_with_is_computed_once_and_changes_no_score()
    {
        HistoryModel model = new(257, 64);
        using SequenceScorer scorer = new(model);
        (string, string)[] texts =
        [
            ("The sky", " is"), ("The sky", " is blue"), ("The sky", " is blau"), ("The ski", " is"), ("The sky is", " blue"), ("T", "he"),
            ("The sky is blue", "!"), ("The", " sky is blue!"), ("x", "yz"),
        ];
        foreach ((string context, string end) in texts)
            Assert.Equal(LogProbability(context, end), scorer.Score(Tokenizer.Encode(context + end), context.Length).LogProbability, 1e-5);
        int passes = model.BatchSizes.Count;
        scorer.Score(Tokenizer.Encode("xyz?"), 3);
        Assert.Equal(passes + 1, model.BatchSizes.Count);
    }

    [Fact]
    public void The_managed_engine_gives_the_same_scores_however_much_is_shared()
    {
        using TemporaryFolder folder = RandomModel.Write(RandomModel.Configs["base"] with { VocabSize = 257 });
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        using SequenceScorer shared = new(model);
        foreach (string end in (string[])[" is", " is blue", " is blau", " was"])
        {
            using SequenceScorer alone = new(model);
            Assert.Equal(
                alone.Score(Tokenizer.Encode("The sky" + end), 7).LogProbability,
                shared.Score(Tokenizer.Encode("The sky" + end), 7).LogProbability, 1e-4);
        }
    }

    [Fact]
    public void A_context_that_is_too_long_loses_its_beginning()
    {
        HistoryModel model = new(257, 8);
        EvaluationTask task = Task(TaskKind.Cloze, new TaskQuestion("a long context before", ["abcd"], 0, 1));
        double expected = Math.Exp(-LogProbability("fore", " abcd")); // nine tokens: what is fed is one less
        Assert.Equal(expected, TaskEvaluator.Evaluate(model, Tokenizer, task).Perplexity!.Value, 1e-6 * expected);
        Assert.Contains("task, line 1: a choice has 9 tokens, but the model's context_length is 8", Assert.Throws<InvalidDataException>(
            () => TaskEvaluator.Evaluate(model, Tokenizer, Task(TaskKind.Cloze, new TaskQuestion("a", ["abcdefgh"], 0, 1)))).Message);
        Assert.Equal(0, model.LiveCaches);
    }

    [Fact]
    public void What_cannot_be_asked_is_refused()
    {
        EvaluationTask task = Task(TaskKind.Cloze, new TaskQuestion("a", ["b"], 0, 1));
        Assert.Contains("The tokenizer has 257 tokens, but the model's vocab_size is 256",
            Assert.Throws<ArgumentException>(() => TaskEvaluator.Evaluate(new HistoryModel(256, 64), Tokenizer, task)).Message);
        BpeTokenizer without = new(Enumerable.Range(0, 256).ToDictionary(id => id, id => new[] { (byte)id }), []);
        Assert.Contains("task, line 9: the context is empty, and the tokenizer has no <|endoftext|>", Assert.Throws<InvalidDataException>(
            () => TaskEvaluator.Evaluate(
                new HistoryModel(256, 64), without, Task(TaskKind.Cloze, new TaskQuestion("", ["b"], 0, 9)))).Message);
        Assert.Throws<OperationCanceledException>(
            () => TaskEvaluator.Evaluate(
                new HistoryModel(256, 64), without, task, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Null(TaskEvaluator.Evaluate(new HistoryModel(256, 64), without, task).StandardError);
    }

    private static EvaluationTask Task(TaskKind kind, params TaskQuestion[] questions) => new("task", kind, questions);

    private static int[] Ids(string text) => text.Length == 0 ? [256] : Tokenizer.Encode(text);

    private static double LogProbability(string context, string end)
    {
        int[] before = Ids(context), tokens = [.. before, .. Ids(end)];
        double sum = 0;
        float[] logits = new float[257];
        for (int i = before.Length; i < tokens.Length; i++)
        {
            HistoryModel.LogitsAfter(tokens[..i], logits);
            sum += logits[tokens[i]] - Math.Log(logits.Sum(logit => Math.Exp(logit)));
        }
        return sum;
    }

    private static int Likeliest(string context)
    {
        float[] logits = new float[257];
        HistoryModel.LogitsAfter(Ids(context), logits);
        return Array.IndexOf(logits, logits.Max());
    }

    private sealed class Told(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
