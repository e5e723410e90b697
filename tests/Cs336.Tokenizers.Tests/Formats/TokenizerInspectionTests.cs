using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>What a path is told to be, and that loading takes the same.</summary>
public sealed class TokenizerInspectionTests : IDisposable
{
    private static readonly string Bytes = string.Concat(
        Enumerable.Range(0, 256).Select(id => $"{Convert.ToBase64String([(byte)id])} {id}\n"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_file_of_a_tokenizer_can_be_named_by_itself()
    {
        Models.Train("ab ab abc", 258).Save(_folder.File("tk"));
        File.Move(_folder.File("tk/tokenizer.json"), _folder.File("other"));

        Assert.Equal(TokenizerFormat.HuggingFace, TokenizerInspection.FormatOf(_folder.File("other")));
        Assert.Equal(TokenizerFormat.Gpt2, TokenizerInspection.FormatOf(_folder.File("tk/vocab.json")));
        Assert.Equal(TokenizerFormat.Gpt2, TokenizerInspection.FormatOf(_folder.File("tk")));
        BpeModel model = BpeModel.Load(_folder.File("tk"));
        Assert.Equal(model.Merges, BpeModel.Load(_folder.File("tk/merges.txt")).Merges);
        Assert.Equal(model.Merges, BpeModel.Load(_folder.File("other")).Merges);
    }

    [Fact]
    public void A_rank_file_that_is_not_known_is_told_apart_and_needs_its_encoding()
    {
        string path = _folder.Write("ranks", Bytes + $"{Convert.ToBase64String("ab"u8)} 256\n");

        TokenizerInspection unknown = TokenizerInspection.Of(path);
        Assert.Equal((TokenizerFormat.Tiktoken, "BPE", 257), (unknown.Format, unknown.ModelKind, unknown.EntryCount));
        Assert.Contains("does not say how text is cut", unknown.Refusal);
        Assert.Null(unknown.Model);

        TokenizerInspection named = TokenizerInspection.Of(path, TiktokenEncoding.Get("r50k_base"));
        Assert.Null(named.Refusal);
        Assert.Equal((50257, 50256 - 257, "gpt2", "bytes"), (named.Model!.VocabSize, named.HoleCount, named.PatternName, named.Alphabet));
        Assert.Contains("which has no special tokens", Assert.Throws<InvalidDataException>(() => BpeModel.Load(path, ["<s>"])).Message);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_told_what_it_may_have()
    {
        Assert.Contains("or with tokenizer.model", Assert.Throws<FileNotFoundException>(() => BpeModel.Load(_folder.Path)).Message);
        Assert.Contains("has no tokenizer", Assert.Throws<FileNotFoundException>(() => TokenizerInspection.Of(_folder.Path)).Message);
        Assert.Equal(TokenizerFormat.Unknown, TokenizerInspection.FormatOf(_folder.File("nowhere")));
    }

    [Fact]
    public void A_rank_file_with_tokens_that_no_merge_makes_goes_to_tokenizer_json_and_back()
    {
        string ranks =
            Bytes + $"{Convert.ToBase64String("abc"u8)} 256\n{Convert.ToBase64String("bc"u8)} 257\n{Convert.ToBase64String("xyz"u8)} 258\n";
        string path = _folder.Write("ranks", ranks);
        TiktokenFile.Load(path, preTokenizer: PreTokenizers.Cl100k).Save(_folder.File("tk"));

        BpeModel loaded = BpeModel.Load(_folder.File("tk"));
        TiktokenFile.Save(loaded, _folder.File("back"));

        Assert.Equal([256, 258], new BpeTokenizer(loaded).Encode("abc xyz")[..1].Append(new BpeTokenizer(loaded).Encode("xyz")[0]));
        Assert.Equal(ranks, File.ReadAllText(_folder.File("back")));
    }
}
