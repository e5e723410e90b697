namespace Cs336.Tokenizers;

/// <summary>A shard of a corpus that was counted: what tells it from any other, and how much text it is.</summary>
/// <param name="Name">The corpus, for people: its first file's name.</param>
/// <param name="Files">How many files the corpus has.</param>
/// <param name="Corpus">
/// What tells the corpus from others: the SHA-256 of the names of its files, without folders, their lengths and first 4,096 bytes, and
/// of how they are read, in hexadecimal digits.
/// </param>
/// <param name="Shard">Which shard of it.</param>
/// <param name="Bytes">The bytes of the shard's text in UTF-8, special tokens among them.</param>
public sealed record CountedShard(string Name, int Files, string Corpus, CorpusShard Shard, long Bytes)
{
    /// <summary>The corpus as it is called in messages.</summary>
    internal string CorpusName => Files == 1 ? Name : $"{Name} and {Files - 1} more";
}
