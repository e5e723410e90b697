using System.Globalization;
using System.Text.Json;
using Cs336.Benchmarks.TokenizerPeers;
using Cs336.Tokenizers;

// The smallest command that trains a vocabulary on a text and saves it; it prints what it measured of itself.
if (args is not [string text, string vocabSize, string output])
{
    Console.Error.WriteLine("usage: TrainCommand <text file> <vocabulary size> <output folder>");
    return 2;
}
long startBytes = PeakMemory.ReadResident();
BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = int.Parse(vocabSize, CultureInfo.InvariantCulture) });
Pass pass = Pass.Measure(() =>
{
    BpeModel model = trainer.Train(text);
    model.Save(output);
    return model.VocabSize;
});
Measurement measurement = new(new FileInfo(text).Length, pass.Tokens, pass, [], startBytes, PeakMemory.ReadPeak(), null);
Console.WriteLine(JsonSerializer.Serialize(measurement, MeasurementJson.Default.Measurement));
return 0;
