namespace Cs336.Cli;

/// <summary><c>KEY=VALUE</c> on the command line.</summary>
internal static class Assignment
{
    public static (string Key, string Value) Parse(string option, string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new UsageException($"{option} is '{text}', but must be KEY=VALUE, such as optimizer.max_lr=1e-3.");
        return (text[..equals].Trim(), text[(equals + 1)..].Trim());
    }
}
