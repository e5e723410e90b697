using System.Text;
using Cs336.Tokenizers;

// A program for tests that need a process of its own, to kill it or to start it under other settings:
//
//   train TEXT FOLDER     trains vocabularies of 300 and 400 ids by turns and saves each to the folder, until it is killed
//   encode TEXT FILE      encodes the text with the one and the other by turns, until it is killed
//   normalize TEXT FILE   writes what .NET makes of each line of the text: a line in NFC, then one each in NFD, NFKC and NFKD
//
// The first two tell when the first is there.
if (args[0] == "normalize")
{
    NormalizationForm[] forms = [NormalizationForm.FormC, NormalizationForm.FormD, NormalizationForm.FormKC, NormalizationForm.FormKD];
    string[] lines = File.ReadAllText(args[1], Encoding.UTF8).Split('\n');
    File.WriteAllText(args[2], string.Join('\n', lines.SelectMany(line => forms.Select(line.Normalize))));
    return;
}

BpeModel[] models = [.. new[] { 300, 400 }.Select(size => new BpeTrainer(new BpeTrainerOptions { VocabSize = size }).Train(args[1]))];
for (int turn = 0; ; turn++)
{
    BpeModel model = models[turn % 2];
    if (args[0] == "train") model.Save(args[2]);
    else new BpeTokenizer(model).EncodeFile(args[1], args[2]);
    if (turn == 1) Console.WriteLine("begun");
}
