namespace Cs336.Tokenizers;

/// <summary>A model as a folder of files: GPT-2's two and Hugging Face's one, which describe one vocabulary or are refused.</summary>
internal static class BpeModelFiles
{
    /// <summary>
    /// Writes all three beside their places, flushes them to the disk, and then puts them in their places in such an order that at each
    /// moment the folder is the old model or the new one: without <c>merges.txt</c> it is what <c>tokenizer.json</c> says.
    /// </summary>
    /// <remarks>A vocabulary over characters is written as <c>tokenizer.json</c> alone: GPT-2's files are read as bytes.</remarks>
    public static void Save(BpeVocabulary vocabulary, string directory)
    {
        string?[] spellings = Gpt2Vocabulary.Spell(vocabulary);
        string jsonPath = Path.Combine(directory, HuggingFaceTokenizerJson.FileName);
        string mergesPath = Path.Combine(directory, Gpt2Vocabulary.MergesName);
        string idsPath = Path.Combine(directory, Gpt2Vocabulary.VocabularyName);
        bool isOverBytes = vocabulary.Parts.CharacterIds is null;
        using AtomicFile json = new(jsonPath);
        using AtomicFile? merges = isOverBytes ? new(mergesPath) : null, ids = isOverBytes ? new(idsPath) : null;
        HuggingFaceTokenizerJsonWriter.Write(vocabulary, spellings, json.Stream);
        if (ids is not null) Gpt2Vocabulary.WriteVocabulary(spellings, ids.Stream);
        if (merges is not null) Gpt2Vocabulary.WriteMerges(vocabulary, spellings, merges.Stream);
        json.Finish();
        ids?.Finish();
        merges?.Finish();
        FileOperations.WaitUntilFree(jsonPath, mergesPath, idsPath);
        if (File.Exists(jsonPath) || !isOverBytes)
        {
            FileOperations.Delete(mergesPath);
            DirectorySync.Flush(directory);
        }
        json.Commit();
        if (!isOverBytes) FileOperations.Delete(idsPath);
        ids?.Commit();
        merges?.Commit();
    }

    /// <summary>Reads a folder or a file; see <see cref="BpeModel.Load"/>.</summary>
    public static BpeVocabulary Load(
        string path, IReadOnlyCollection<string>? specialTokens, IPreTokenizer? preTokenizer, TiktokenEncoding? encoding)
    {
        (string file, TokenizerFormat format) = TokenizerPath.Find(path);
        if (encoding is not null && format is not (TokenizerFormat.Tiktoken or TokenizerFormat.Unknown))
            throw new InvalidDataException(
                $"{file} is no rank file and says itself how text is cut: the encoding {encoding.Name} cannot be named for it.");
        return format switch
        {
            TokenizerFormat.HuggingFace => LoadJson(file, isAlone: file == path, specialTokens, preTokenizer),
            TokenizerFormat.SentencePiece => SentencePieceVocabulary.Read(file, specialTokens, preTokenizer),
            TokenizerFormat.Tiktoken when specialTokens is { Count: > 0 } => throw new InvalidDataException(
                $"{file} is a rank file, which has no special tokens: those of its encoding have ids of their own, so name the encoding, "
                + "or each token with its id."),
            TokenizerFormat.Tiktoken => TiktokenRanks.Read(file, encoding?.SpecialTokens, preTokenizer ?? encoding?.PreTokenizer),
            TokenizerFormat.TiktokenJson or TokenizerFormat.Tekken when specialTokens is { Count: > 0 } => throw new InvalidDataException(
                $"{file} names its special tokens itself, with their ids: others cannot be named."),
            TokenizerFormat.TiktokenJson => TiktokenJson.Read(file, preTokenizer),
            TokenizerFormat.Tekken => TekkenJson.Read(file, preTokenizer),
            TokenizerFormat.WordList => throw new InvalidDataException(
                $"{file} is a list of words, as BERT's WordPiece models have: only BPE models can be loaded. "
                + HuggingFaceModelKind.WhereWordPieceIs),
            TokenizerFormat.Unknown when File.Exists(path) => throw new InvalidDataException(
                $"{path} is no tokenizer's file that is known here: those are {HuggingFaceTokenizerJson.FileName}, "
                + $"{TekkenJson.FileName}, {SentencePieceModel.FileName}, and tiktoken's rank files and their JSON."),
            _ when Gpt2Vocabulary.FindMissing(file) is string missing => throw new FileNotFoundException(
                $"There is no {missing}: a tokenizer is loaded from a folder with {Gpt2Vocabulary.VocabularyName} and "
                + $"{Gpt2Vocabulary.MergesName}, with {HuggingFaceTokenizerJson.FileName}, with {TekkenJson.FileName}, or with "
                + $"{SentencePieceModel.FileName}.", missing),
            _ => Gpt2Vocabulary.Read(file).Read(json: null, specialTokens, preTokenizer),
        };
    }

    private static BpeVocabulary LoadJson(
        string path, bool isAlone, IReadOnlyCollection<string>? specialTokens, IPreTokenizer? preTokenizer)
    {
        HuggingFaceTokenizerJson json = HuggingFaceTokenizerJson.Read(path);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        SpelledVocabulary? gpt2 = !isAlone && Gpt2Vocabulary.Exists(directory) ? Gpt2Vocabulary.Read(directory) : null;
        SpelledVocabulary spelled = (gpt2 ?? json.Vocabulary).With(json.AddedTokens);
        if (gpt2 is not null && spelled.FindDifference(json.Vocabulary.With(json.AddedTokens)) is string difference)
            throw new InvalidDataException(
                $"{directory} holds two vocabularies: {Gpt2Vocabulary.VocabularyName} and {Gpt2Vocabulary.MergesName} have {difference} " +
                $"in {HuggingFaceTokenizerJson.FileName}. " +
                "Save the tokenizer anew, or delete the files that are not its own.");
        return spelled.Read(json, specialTokens, preTokenizer);
    }
}
