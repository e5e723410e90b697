using System.Globalization;
using Cs336.Distributed;
using Cs336.Distributed.Tests.Probe;
using Cs336.Training;

// A program for tests, of which a launcher starts several processes:
//
//   collect                                    every call of the engine, each compared with what it must give
//   nccl FILE                                  the same with NCCL and one rank, by way of a file
//   train FOLDER CONFIG [MODE]                 begins or goes on with a run; rank 0 tells each step, validation and checkpoint
//
// MODE is one of: kill RANK STEP, hang RANK STEP, throw RANK STEP, poison RANK STEP (weights that are another's), nan RANK STEP.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return args switch
{
    ["collect"] => Collecting.Run(Communicators.Open()),
    ["nccl", string file] => Collecting.Run(NcclCommunicator.Join(rank: 0, size: 1, file)),
    ["train", string folder, string config] => Training.Run(folder, config, null),
    ["train", string folder, string config, string what, string rank, string step] => Training.Run(folder, config,
        new Mischief(what, int.Parse(rank), long.Parse(step))),
    _ => throw new ArgumentException($"unknown arguments {string.Join(' ', args)}"),
};
