using System.Globalization;
using Cs336.Benchmarks.TokenizerPeers;

// Without `worker` this is the whole comparison; with it, one measurement, which the comparison starts in a process of its own.
if (args is ["worker", "encode", string peer, string path, string maxBytes, string folder, string hash])
    Console.WriteLine(
        Contestant.ToJson(Worker.Encode(peer, path, long.Parse(maxBytes, CultureInfo.InvariantCulture), folder, hash == "yes")));
else if (args is ["worker", "encode-file", string text, string model, string ids, string threads])
    Console.WriteLine(Contestant.ToJson(Worker.EncodeFile(text, model, ids, int.Parse(threads, CultureInfo.InvariantCulture))));
else if (args is ["worker", "train", string corpus, string vocabSize, string output, string repeats])
    Console.WriteLine(Contestant.ToJson(Worker.Train(
        corpus, int.Parse(vocabSize, CultureInfo.InvariantCulture), output, int.Parse(repeats, CultureInfo.InvariantCulture))));
else if (args is ["worker", "worst-case", string name, string vocabulary])
    Console.WriteLine(Contestant.ToJson(Worker.WorstCase(name, vocabulary)));
else if (args is ["multilingual", string packages, string multilingual])
    Console.WriteLine($"{multilingual}: {MultilingualText.Write(packages, multilingual):N0} bytes");
else
    return Comparison.Run(ComparisonOptions.Parse(args));
return 0;
