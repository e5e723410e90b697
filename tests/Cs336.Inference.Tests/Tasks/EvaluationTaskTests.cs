using System.Text;

namespace Cs336.Inference.Tests;

public sealed class EvaluationTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"query": "The sky is", "choices": ["blue", "green"], "gold": 1, "id": 7}""", "The sky is", new[] { "blue", "green" },
        1)]
    [InlineData("""{"ctx": "He", "endings": ["stands.", "melts.", "flies."], "label": "2"}""", "He",
        new[] { "stands.", "melts.", "flies." }, 2)]
    [InlineData("""{"activity_label": "Sitting", "ctx": "He", "endings": ["stands.", "melts."], "label": 0}""", "Sitting: He",
        new[] { "stands.", "melts." }, 0)]
    [InlineData("""{"question": "What is ice?", "choices": {"text": ["fire", "water"], "label": ["A", "B"]}, "answerKey": "B"}""",
        "Question: What is ice?\nAnswer:", new[] { "fire", "water" }, 1)]
    public void Multiple_choice_in_each_format(string line, string context, string[] choices, int answer)
    {
        EvaluationTask task = Load(line);
        TaskQuestion question = Assert.Single(task.Questions);
        Assert.Equal(("task", TaskKind.MultipleChoice), (task.Name, task.Kind));
        Assert.Equal((context, answer, 1), (question.Context, question.Answer, question.Line));
        Assert.Equal(choices, question.Choices);
    }

    [Theory]
    [InlineData("""{"text": "The mouse ran from the cat"}""", "The mouse ran from the", "cat")]
    [InlineData("""{"context": "Two and two are", "target": "four"}""", "Two and two are", "four")]
    [InlineData("""{"context": "", "target": "Once upon"}""", "", "Once upon")]
    public void Cloze_in_each_format(string line, string context, string target)
    {
        EvaluationTask task = Load(line);
        TaskQuestion question = Assert.Single(task.Questions);
        Assert.Equal(TaskKind.Cloze, task.Kind);
        Assert.Equal((context, target, 0), (question.Context, Assert.Single(question.Choices), question.Answer));
    }

    [Fact]
    public void Lines_are_counted_with_the_empty_ones_and_a_byte_order_mark_is_no_part_of_them()
    {
        EvaluationTask task = Load("\uFEFF\n{\"text\": \"a b\"}\r\n   \n{\"text\": \"c d\"}");
        Assert.Equal([2, 4], task.Questions.Select(question => question.Line));
    }

    [Theory]
    [InlineData("", "task.jsonl has no questions")]
    [InlineData("[]", "task.jsonl, line 1, is no question: it is no JSON object.")]
    [InlineData("{\"text\": \"a b\"}\n{oops}", "task.jsonl, line 2, is no question: ")]
    [InlineData("{\"text\": \"a b\"}\n{\"query\": \"q\", \"choices\": [\"a\", \"b\"], \"gold\": 0}",
        "line 2, is no question: it is multiple choice, but those before are a cloze")]
    [InlineData("{\"prompt\": \"a\"}", "it has none of query, ctx, question, context and text")]
    [InlineData("{\"text\": \"alone\"}", "text is 'alone', but must be two words at least")]
    [InlineData("{\"text\": 3}", "text must be text, but is Number")]
    [InlineData("{\"text\": \"a \"}", "the text that is asked for is empty")]
    [InlineData("{\"context\": \"a\"}", "it has no target")]
    [InlineData("{\"query\": \"q\", \"choices\": [\"a\"], \"gold\": 0}", "there are 1 choices, but at least 2 are needed")]
    [InlineData("{\"query\": \"q\", \"choices\": [\"a\", \"\"], \"gold\": 0}", "choice 1 is empty")]
    [InlineData("{\"query\": \"q\", \"choices\": [\"a\", \"b\"], \"gold\": 2}", "gold is 2, but must be a whole number from 0 to 1")]
    [InlineData("{\"query\": \"q\", \"choices\": [\"a\", \"b\"], \"gold\": -1}", "gold is -1, but must be")]
    [InlineData("{\"query\": \"q\", \"choices\": [\"a\", \"b\"], \"gold\": null}", "gold is null, but must be")]
    [InlineData("{\"query\": \"q\", \"choices\": [\"a\", \"b\"]}", "it has no gold")]
    [InlineData("{\"query\": \"q\", \"choices\": \"ab\", \"gold\": 0}", "choices must be an array of texts")]
    [InlineData("{\"question\": \"q\", \"choices\": [\"a\", \"b\"], \"answerKey\": \"A\"}",
        "choices must be an object with text and label")]
    [InlineData("{\"question\": \"q\", \"choices\": {\"text\": [\"a\", \"b\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"C\"}",
        "answerKey is 'C', but the labels are A, B")]
    [InlineData("{\"question\": \"q\", \"choices\": {\"text\": [\"a\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"A\"}",
        "there are 1 texts of choices, but 2 labels")]
    [InlineData("{\"text\": \"a \\ud800\"}", "text holds half a surrogate pair")]
    public void What_is_no_task_is_refused_with_its_line(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Load(text)).Message);

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        File.WriteAllBytes(_folder.File("task.jsonl"), [.. "{\"text\": \"a "u8, 0xff, .. "\"}"u8]);
        Assert.Contains(
            "task.jsonl is not valid UTF-8",
            Assert.Throws<InvalidDataException>(() => EvaluationTask.Load(_folder.File("task.jsonl"))).Message);
        Assert.Throws<FileNotFoundException>(() => EvaluationTask.Load(_folder.File("nowhere.jsonl")));
    }

    [Fact]
    public void The_tasks_of_the_repository_can_be_read()
    {
        string[] files = Directory.GetFiles(Path.Combine(RepositoryRoot.Path, "samples", "tasks"), "*.jsonl");
        Assert.Equal(["stories-choice", "stories-cloze"], files.Select(Path.GetFileNameWithoutExtension).Order());
        foreach (string file in files)
        {
            EvaluationTask task = EvaluationTask.Load(file);
            Assert.InRange(task.Questions.Count, 20, 100);
            Assert.Equal(task.Name == "stories-cloze" ? TaskKind.Cloze : TaskKind.MultipleChoice, task.Kind);
            Assert.Distinct(task.Questions.Select(question => question.Context));
            if (task.Kind == TaskKind.Cloze) continue;
            // No place is right more often than others, so that a habit of choosing one is no knowledge.
            int most = task.Questions.CountBy(question => question.Answer).Max(answer => answer.Value);
            Assert.InRange(most, 0, task.Questions.Count / task.Questions[0].Choices.Count + 2);
        }
    }

    private EvaluationTask Load(string text)
    {
        File.WriteAllText(_folder.File("task.jsonl"), text, new UTF8Encoding(false));
        return EvaluationTask.Load(_folder.File("task.jsonl"));
    }
}
