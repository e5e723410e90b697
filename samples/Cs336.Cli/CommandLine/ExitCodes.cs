namespace Cs336.Cli;

/// <summary>What the program tells whoever started it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int BadInput = 1;
    public const int Usage = 2;
    public const int Interrupted = 130;
}
