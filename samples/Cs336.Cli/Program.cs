// The course's experiments as one command line. Each command is a file in Commands/, thin over the packages' public API.
using System.Runtime.InteropServices;
using Cs336.Cli;

using CancellationTokenSource stopping = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return CommandLineProgram.Run(args, Terminal.OfProcess(), stopping.Token);

void Stop(PosixSignalContext context)
{
    context.Cancel = true; // the command ends by itself, and leaves a state that can be resumed
    stopping.Cancel();
}
