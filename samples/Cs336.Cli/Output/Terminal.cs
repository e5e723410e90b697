using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Cs336.Cli;

/// <summary>
/// Where a command reads and writes. Results go to stdout: as text, or with <c>--json</c> as one object; progress, notes and
/// errors go to stderr, live where that is a terminal and as plain lines elsewhere.
/// </summary>
internal sealed class Terminal
{
    private const int WidthWithoutTerminal = 10_000;
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerOptions.Default)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // the JSON is never put into an HTML page
    };
    private readonly IAnsiConsole _results;
    private readonly IAnsiConsole _notes;

    public Terminal(TextWriter output, TextWriter errors, TextReader input, bool outputIsTerminal = false, bool errorsAreTerminal = false)
    {
        (Output, Errors, Input, IsLive) = (output, errors, input, errorsAreTerminal);
        _results = ConsoleOn(output, outputIsTerminal);
        _notes = ConsoleOn(errors, errorsAreTerminal);
        OutputIsTerminal = outputIsTerminal;
    }

    public TextWriter Output { get; }
    public TextWriter Errors { get; }
    public TextReader Input { get; }

    /// <summary>Whether someone looks at stderr, so that progress can be drawn in place.</summary>
    public bool IsLive { get; }

    /// <summary>Whether someone looks at stdout.</summary>
    public bool OutputIsTerminal { get; }

    /// <summary>Whether the result is asked for as JSON: then nothing else may go to stdout.</summary>
    public bool Json { get; set; }

    public static Terminal OfProcess() =>
        new(Console.Out, Console.Error, Console.In, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>A line of the result as text.</summary>
    public void Line(string text = "")
    {
        if (!Json) Output.WriteLine(text);
    }

    /// <summary>A table of the result as text; the first column is set to the left, the others to the right.</summary>
    public void Table(string title, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        if (Json) return;
        Table table = new() { Border = TableBorder.Markdown };
        for (int i = 0; i < columns.Count; i++)
            table.AddColumn(new TableColumn(new Text(columns[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right, NoWrap = true });
        foreach (IReadOnlyList<string> row in rows) table.AddRow(row.Select(cell => new Text(cell)));
        Output.WriteLine(title);
        string[] plain = [.. Lines(table)];
        if (OutputIsTerminal && plain.Max(line => line.Length) <= _results.Profile.Width) _results.Write(table.RoundedBorder());
        // On a narrow terminal a long line is still better than words cut in pieces.
        else foreach (string line in plain) Output.WriteLine(line);
        Output.WriteLine();
    }

    /// <summary>The result, for <c>--json</c>.</summary>
    public void Result(JsonObject result)
    {
        if (Json) Output.WriteLine(result.ToJsonString(Indented));
    }

    /// <summary>Something worth knowing that is not the result.</summary>
    public void Note(string text) => Errors.WriteLine(text);

    /// <summary>Something is not as it should be, but the command goes on.</summary>
    public void Warning(string text) => Errors.WriteLine($"warning: {text}");

    /// <summary>The command cannot go on.</summary>
    public void Error(string text) => Errors.WriteLine($"error: {text}");

    /// <summary>Runs work that tells how far it is.</summary>
    public T Work<T>(string what, Func<IWorkDisplay, T> work)
    {
        if (!IsLive) return work(new PlainWorkDisplay(what, Errors));
        return _notes.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new LiveWorkDisplay(what, context.AddTask(Markup.Escape(what), maxValue: 1))));
    }

    /// <summary>A table as lines of Markdown, without the blank ones that stand for its upper and lower edge.</summary>
    private static IEnumerable<string> Lines(Table table)
    {
        StringWriter text = new();
        ConsoleOn(text, isTerminal: false).Write(table);
        return text.ToString().Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0);
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!isTerminal) console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
