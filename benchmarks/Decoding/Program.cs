using System.Globalization;
using System.Text.Json;
using Cs336.Benchmarks.Decoding;
using Cs336.Inference;

// `compare` and `loss` are for people; `worker` is one measurement, which `compare` starts in a process of its own.
switch (args)
{
    case ["worker", "read-rate", string bytes, string threads]:
        Console.WriteLine(JsonSerializer.Serialize(ReadRate.Measure(Parse(bytes), (int)Parse(threads))));
        return 0;
    case ["worker", string contestant, string folder, string threads, string count, string llamaLibraries]:
        Console.WriteLine(
            JsonSerializer.Serialize(Worker.Measure(contestant, folder, (int)Parse(threads), (int)Parse(count), llamaLibraries)));
        return 0;
    case ["worker", "burn"]:
        ContentionCommand.Burn();
        return 0;
    case ["contention", string model]:
        return ContentionCommand.Run(model);
    case ["convert", string model, string precision, string target]:
        using (
            CpuLanguageModel source = CpuLanguageModel.Load(model, new CpuModelOptions { Precision = Enum.Parse<CpuPrecision>(precision) }))
            source.Save(target);
        return 0;
    case ["compare", string output, string npm, .. string[] rest]:
        return Comparison.Run(output, npm, rest.Length > 0 ? (int)Parse(rest[0]) : 3);
    case ["loss", string model, string tokens, .. string[] rest]:
        return LossCommand.Run(model, tokens, rest.Length > 0 ? double.Parse(rest[0], CultureInfo.InvariantCulture) : 0.05);
    default:
        Console.Error.WriteLine("""
            compare OUTPUT NPM_FOLDER [ROUNDS]       decoding speed beside libtorch and llama.cpp, in turns, into a file or a folder
            loss MODEL_FOLDER TOKENS.npy [FRACTION]  what lower precision costs on the last part of the tokens; default 0.05
            contention MODEL_FOLDER                  decoding speed beside a process that keeps one core busy
            convert MODEL_FOLDER PRECISION FOLDER    writes a model as Float32, BFloat16 or Int8
            """);
        return 2;
}

static long Parse(string number) => long.Parse(number, CultureInfo.InvariantCulture);
