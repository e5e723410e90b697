using System.CommandLine;

namespace Cs336.Cli;

/// <summary><c>cs336 tokenizer</c>: everything about vocabularies.</summary>
internal static class TokenizerCommand
{
    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("tokenizer", "Train a byte-level BPE vocabulary, encode and decode files with it, measure "
            + "it, convert it, look at it",
            "cs336 tokenizer train --input stories.txt --vocab-size 2048 --output tokenizer");
        command.Add(TokenizerCountCommand.Create(terminal));
        command.Add(TokenizerTrainCommand.Create(terminal));
        command.Add(TokenizerEncodeCommand.Create(terminal));
        command.Add(TokenizerDecodeCommand.Create(terminal));
        command.Add(TokenizerReportCommand.Create(terminal));
        command.Add(TokenizerConvertCommand.Create(terminal));
        command.Add(TokenizerInspectCommand.Create(terminal));
        return command;
    }
}
