namespace Cs336.Cli;

/// <summary>Writes generated text to stdout as it comes, or the ids of a text when it is complete.</summary>
internal sealed class TextOutput(Terminal terminal, bool asIds)
{
    public void Piece(string text)
    {
        if (asIds || terminal.Json || text.Length == 0) return;
        terminal.Output.Write(text);
        terminal.Output.Flush();
    }

    /// <summary>Ends a text.</summary>
    /// <param name="ids">The tokens that were added.</param>
    public void End(IReadOnlyList<int> ids) => terminal.Line(asIds ? string.Join(',', ids) : "");
}
