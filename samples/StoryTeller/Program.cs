// Streams a story from a trained model, without libtorch: one small program, compiled ahead of time.
//
//   dotnet publish -c Release -p:PublishAot=true --use-current-runtime samples/StoryTeller -o teller
//   teller/StoryTeller RUN_FOLDER [PROMPT [SEED]]
//
// RUN_FOLDER is what a training run left behind: tokenizer/ and the latest of checkpoints/, or config.json and model.safetensors.
using System.Diagnostics;
using System.Globalization;
using Cs336.Inference;
using Cs336.Tokenizers;

if (args.Length is < 1 or > 3 || args[0] is "--help" or "-h")
{
    Console.Error.WriteLine("usage: StoryTeller RUN_FOLDER [PROMPT [SEED]]");
    return 2;
}
string prompt = args.Length > 1 ? args[1] : "Once upon a time";
ulong? seed = args.Length > 2 ? ulong.Parse(args[2], CultureInfo.InvariantCulture) : null;
try
{
    // Mapped, it starts at once: a run's files are replaced by others, and never written to in place.
    using CpuLanguageModel model = CpuLanguageModel.Load(args[0], new CpuModelOptions { MapWeights = true });
    BpeTokenizer tokenizer = BpeTokenizer.Load(Path.Combine(args[0], "tokenizer"));
    using TextGenerator generator = new(tokenizer, model, new GenerationOptions { Temperature = 0.6, TopP = 0.9, Seed = seed });

    TimeSpan? firstPiece = null;
    Console.Write(prompt);
    await foreach (GeneratedText piece in generator.StreamAsync(prompt))
    {
        firstPiece ??= DateTime.Now - Process.GetCurrentProcess().StartTime;
        Console.Write(piece.Text);
    }
    Console.WriteLine();
    Console.Error.WriteLine(
        $"{firstPiece?.TotalMilliseconds:0} ms from the start of the program to the first piece, {model.Precision}, "
        + $"{model.InstructionSet}");
    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException or InvalidOperationException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
