using System.Text;
using System.Text.Json;
using Cs336.Json;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// Questions that tell what a model knows, from a file of JSON lines in a format of lm-evaluation-harness: one question a line, all of
/// one kind. Which format a line has, its keys tell; other keys are passed over:
/// <code>
/// {"query": "The sky is", "choices": ["blue", "green"], "gold": 0}
/// {"ctx": "A man sits down. He", "endings": ["stands up.", "melts."], "label": 0}            HellaSwag; "activity_label" goes before
/// {"question": "What is ice?", "choices": {"text": ["water", "fire"], "label": ["A", "B"]}, "answerKey": "A"}           ARC
/// {"text": "The cat chased the mouse, and the mouse ran from the cat"}                        LAMBADA: the last word is asked for
/// {"context": "Two and two are", "target": "four"}
/// </code>
/// </summary>
/// <param name="Name">What results call it: the file's name without its ending.</param>
/// <param name="Kind">What its questions ask.</param>
/// <param name="Questions">One or more.</param>
public sealed record EvaluationTask(string Name, TaskKind Kind, IReadOnlyList<TaskQuestion> Questions)
{
    private const int LongestReason = 300;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a task from a file.</summary>
    /// <param name="path">A file of JSON lines; empty lines are passed over.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is no question, or there is none; the message names file and line.</exception>
    public static EvaluationTask Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream file = FileOperations.OpenRead(path);
        return Read(file, path, Path.GetFileNameWithoutExtension(path));
    }

    /// <summary>Reads a task from a stream.</summary>
    /// <param name="source">JSON lines in UTF-8; left open.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="name">What results call it.</param>
    /// <exception cref="InvalidDataException">A line is no question, or there is none; the message names the line.</exception>
    public static EvaluationTask Read(Stream source, string path, string name)
    {
        ArgumentNullException.ThrowIfNull(source);
        using StreamReader reader = new(source, Strict, leaveOpen: true);
        List<TaskQuestion> questions = [];
        TaskKind? kind = null;
        int line = 0;
        try
        {
            while (reader.ReadLine() is string text)
            {
                line++;
                if (string.IsNullOrWhiteSpace(text)) continue;
                (TaskKind found, TaskQuestion question) = QuestionReader.Read(text, line);
                if (kind is TaskKind before && found != before)
                    throw new FormatException(
                        $"it is {Describe(found)}, but those before are {Describe(before)}: put them into files of their own");
                kind = found;
                questions.Add(question);
            }
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            string reason = exception switch
            {
                JsonException json => JsonMessage.Of(json),
                InvalidOperationException => "a name in it holds half a surrogate pair", // found where names are compared
                _ => exception.Message,
            };
            if (reason.Length > LongestReason) reason = $"{reason.AsSpan(0, LongestReason)}…";
            throw new InvalidDataException($"{path}, line {line}, is no question: {reason.TrimEnd('.')}.", exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{path} is not valid UTF-8, after line {line}.", exception);
        }
        return kind is TaskKind all
            ? new EvaluationTask(name, all, questions)
            : throw new InvalidDataException($"{path} has no questions: expected one JSON object a line.");
    }

    private static string Describe(TaskKind kind) => kind == TaskKind.Cloze ? "a cloze" : "multiple choice";
}
