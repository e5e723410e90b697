using Cs336.Tokenizers;

// A program for tests that kill it, which needs a process of its own:
//
//   train TEXT FOLDER     trains vocabularies of 300 and 400 ids by turns and saves each to the folder, until it is killed
//   encode TEXT FILE      encodes the text with the one and the other by turns, until it is killed
//
// It tells when the first is there.
BpeModel[] models = [.. new[] { 300, 400 }.Select(size => new BpeTrainer(new BpeTrainerOptions { VocabSize = size }).Train(args[1]))];
for (int turn = 0; ; turn++)
{
    BpeModel model = models[turn % 2];
    if (args[0] == "train") model.Save(args[2]);
    else new BpeTokenizer(model).EncodeFile(args[1], args[2]);
    if (turn == 1) Console.WriteLine("begun");
}
