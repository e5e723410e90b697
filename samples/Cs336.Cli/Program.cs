// The course's experiments as one command line. Each command is a file in Commands/, thin over the packages' public API.
using Cs336.Cli;
using Cs336.Training;

using StopSignals signals = new(); // the command ends by itself, and leaves a state that can be resumed
return CommandLineProgram.Run(args, Terminal.OfProcess(), signals.Stopping);
