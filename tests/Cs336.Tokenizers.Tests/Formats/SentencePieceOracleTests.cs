using System.Text;
using System.Text.Json;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>
/// SentencePiece itself trains small models of all kinds; its ids and its decoded texts are those of <see cref="SentencePieceFile"/>.
/// </summary>
public class SentencePieceOracleTests
{
    private const string Exact = "normalization_rule_name=identity remove_extra_whitespaces=false";

    /// <summary>Trains one model for each line of options, and encodes and decodes all texts with it.</summary>
    private const string Script = """
        import json, sys, sentencepiece
        folder = sys.argv[1]
        texts = json.load(open(folder + '/texts.json', encoding='utf-8'))
        for number, line in enumerate(open(folder + '/options.txt', encoding='utf-8')):
            options = dict(option.split('=', 1) for option in line.split())
            options = {'vocab_size': 500, 'character_coverage': 1.0, **options}
            prefix = f'{folder}/{number}'
            sentencepiece.SentencePieceTrainer.train(
                input=folder + '/corpus.txt', model_prefix=prefix, model_type='bpe', hard_vocab_limit=False, minloglevel=2, **options)
            model = sentencepiece.SentencePieceProcessor(model_file=prefix + '.model')
            ids = [model.encode(text) for text in texts]
            result = {'unknown': model.unk_id(), 'size': model.get_piece_size(), 'ids': ids, 'texts': [model.decode(one) for one in ids]}
            json.dump(result, open(prefix + '.json', 'w', encoding='utf-8'))
        """;

    private static readonly string[] Options =
    [
        $"{Exact}",
        $"{Exact} byte_fallback=true",
        $"{Exact} byte_fallback=true add_dummy_prefix=false",
        $"{Exact} byte_fallback=true character_coverage=0.98 split_digits=true pad_id=3",
        $"{Exact} character_coverage=0.98 add_dummy_prefix=false",
        $"{Exact} byte_fallback=true split_by_whitespace=false max_sentencepiece_length=32",
        $"{Exact} byte_fallback=true allow_whitespace_only_pieces=true split_by_unicode_script=false split_by_number=false",
        $"{Exact} user_defined_symbols=<sep>,ab,▁the,aba,▁▁,! control_symbols=<c>,ba add_dummy_prefix=false byte_fallback=true",
        $"{Exact} user_defined_symbols=<sep>,ab,▁the,aba,▁▁,! control_symbols=<c>,ba byte_fallback=true",
        $"{Exact} treat_whitespace_as_suffix=true byte_fallback=true",
        "vocab_size=450",
        "byte_fallback=true character_coverage=0.98",
        "normalization_rule_name=nfkc_cf add_dummy_prefix=false",
        "normalization_rule_name=nfkc remove_extra_whitespaces=false byte_fallback=true",
        "normalization_rule_name=identity byte_fallback=true user_defined_symbols=<sep>,é,▁the,①",
        "normalization_rule_name=nmt_nfkc_cf byte_fallback=true user_defined_symbols=<sep>,é,The,①,\u3000",
        "treat_whitespace_as_suffix=true",
    ];

    [SentencePieceFact]
    public void Ids_and_texts_are_those_of_SentencePiece()
    {
        using TemporaryFolder folder = new();
        folder.Write("corpus.txt", SentencePieceTexts.Corpus());
        IReadOnlyList<string> texts = SentencePieceTexts.Hostile();
        folder.Write("texts.json", JsonSerializer.Serialize(texts));
        folder.Write("options.txt", string.Join('\n', Options));
        SentencePieceFactAttribute.Run(Script, folder.Path);

        for (int number = 0; number < Options.Length; number++)
        {
            using JsonDocument result = JsonDocument.Parse(File.ReadAllBytes(folder.File($"{number}.json")));
            BpeTokenizer tokenizer = new(SentencePieceFile.Load(folder.File($"{number}.model")));
            Compare(tokenizer, result.RootElement, texts, Options[number]);
        }
    }

    private static void Compare(BpeTokenizer tokenizer, JsonElement expected, IReadOnlyList<string> texts, string options)
    {
        Assert.Equal(expected.GetProperty("size").GetInt32(), tokenizer.VocabSize);
        bool removesSpaces = !options.Contains("remove_extra_whitespaces=false", StringComparison.Ordinal);
        int unknown = expected.GetProperty("unknown").GetInt32();
        for (int i = 0; i < texts.Count; i++)
        {
            int[] ids = [.. expected.GetProperty("ids")[i].EnumerateArray().Select(id => id.GetInt32())];
            int[] own = tokenizer.Encode(texts[i]);
            Assert.True(ids.SequenceEqual(own), $"{options}: {JsonSerializer.Serialize(texts[i])} is {Show(ids)}, not {Show(own)}");
            if (ids.Contains(unknown)) continue; // SentencePiece shows it as another text than its piece's
            (string text, string ownText) = (expected.GetProperty("texts")[i].GetString()!, tokenizer.Decode(ids));
            // Of several spaces at the start, which only U+2581 itself becomes, SentencePiece takes all away where it removes extra ones.
            if (removesSpaces && texts[i].Contains('\u2581')) (text, ownText) = (text.TrimStart(' '), ownText.TrimStart(' '));
            Assert.True(
                text == ownText, $"{options}: {Show(ids)} is {JsonSerializer.Serialize(text)}, not {JsonSerializer.Serialize(ownText)}");
        }

        string Show(int[] ids) =>
            string.Join(' ', ids.Select(id => $"{id}:{Encoding.UTF8.GetString(tokenizer.Model.Vocabulary.GetMergedBytes(id))}"));
    }
}
