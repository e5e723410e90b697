using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.Options;

namespace QuickStart;

/// <summary>What the program tells whoever started it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int BadInput = 1;
    public const int Usage = 2;
    public const int Interrupted = 130;

    /// <summary>Runs the program; what the user can mend becomes one message on stderr instead of a stack trace.</summary>
    public static async Task<int> Of(Func<Task<int>> program)
    {
        try
        {
            return await program();
        }
        catch (UsageException exception)
        {
            Console.Error.WriteLine($"{exception.Message} See --help.");
            return Usage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped.");
            return Interrupted;
        }
        catch (Exception exception) when (exception
            is ArgumentException or InvalidOperationException or InvalidDataException or IOException or UnauthorizedAccessException
            or OptionsValidationException or TrainingDivergedException or LibTorchNotFoundException)
        {
            Console.Error.WriteLine($"error: {exception.Message}");
            return BadInput;
        }
    }
}
