using Cs336.Tokenizers;

namespace Cs336.Training.Tests;

/// <summary>Makes token files for tests.</summary>
internal static class TokenFiles
{
    public static string Write(TemporaryFolder folder, string name, IReadOnlyList<int> ids, int vocabSize)
    {
        string path = folder.File(name);
        using TokenFileWriter writer = new(path, vocabSize);
        writer.Write([.. ids]);
        writer.Complete();
        return path;
    }

    /// <summary>A text with something to learn: a fixed walk through the vocabulary with now and then a jump.</summary>
    public static int[] Walk(int length, int vocabSize, int seed = 1)
    {
        Random random = new(seed);
        int[] ids = new int[length];
        for (int i = 1; i < length; i++) ids[i] = random.Next(8) == 0 ? random.Next(vocabSize) : (ids[i - 1] * 5 + 3) % vocabSize;
        return ids;
    }
}
