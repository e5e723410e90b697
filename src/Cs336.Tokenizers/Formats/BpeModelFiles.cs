namespace Cs336.Tokenizers;

/// <summary>A model as a folder of files: GPT-2's two and Hugging Face's one, which describe one vocabulary or are refused.</summary>
internal static class BpeModelFiles
{
    /// <summary>
    /// Writes all three beside their places, flushes them to the disk, and then puts them in their places in such an order that at each
    /// moment the folder is the old model or the new one: without <c>merges.txt</c> it is what <c>tokenizer.json</c> says.
    /// </summary>
    public static void Save(BpeVocabulary vocabulary, string directory)
    {
        string[] spellings = Gpt2Vocabulary.Spell(vocabulary);
        string jsonPath = Path.Combine(directory, HuggingFaceTokenizerJson.FileName);
        string mergesPath = Path.Combine(directory, Gpt2Vocabulary.MergesName);
        string idsPath = Path.Combine(directory, Gpt2Vocabulary.VocabularyName);
        using AtomicFile json = new(jsonPath), merges = new(mergesPath), ids = new(idsPath);
        HuggingFaceTokenizerJsonWriter.Write(vocabulary, spellings, json.Stream);
        Gpt2Vocabulary.WriteVocabulary(spellings, ids.Stream);
        Gpt2Vocabulary.WriteMerges(vocabulary, spellings, merges.Stream);
        json.Finish();
        ids.Finish();
        merges.Finish();
        FileOperations.WaitUntilFree(jsonPath, mergesPath, idsPath);
        if (File.Exists(jsonPath))
        {
            FileOperations.Delete(mergesPath);
            DirectorySync.Flush(directory);
        }
        json.Commit();
        ids.Commit();
        merges.Commit();
    }

    /// <summary>Reads a folder; see <see cref="BpeModel.Load"/>.</summary>
    public static BpeVocabulary Load(string directory, IReadOnlyCollection<string>? specialTokens, IPreTokenizer preTokenizer)
    {
        string jsonPath = Path.Combine(directory, HuggingFaceTokenizerJson.FileName);
        HuggingFaceTokenizerJson? json = File.Exists(jsonPath) ? HuggingFaceTokenizerJson.Read(jsonPath, preTokenizer) : null;
        SpelledVocabulary? gpt2 = json is null || Gpt2Vocabulary.Exists(directory) ? Gpt2Vocabulary.Read(directory) : null;
        SpelledVocabulary spelled = (gpt2 ?? json!.Vocabulary).With(json?.AddedTokens);
        if (gpt2 is not null && json is not null && spelled.FindDifference(json.Vocabulary.With(json.AddedTokens)) is string difference)
            throw new InvalidDataException(
                $"{directory} holds two vocabularies: {Gpt2Vocabulary.VocabularyName} and {Gpt2Vocabulary.MergesName} have {difference} " +
                $"in {HuggingFaceTokenizerJson.FileName}. " +
                "Save the tokenizer anew, or delete the files that are not its own.");
        BpeVocabulary vocabulary = spelled.Read(specialTokens ?? json?.AddedTokens.Keys, preTokenizer);
        json?.CheckMergesSuffice(vocabulary);
        return vocabulary;
    }
}
