namespace WorldTokenizers.Tests.Oracle;

/// <summary>What a library says of one text.</summary>
/// <param name="Ids">The ids, without begin and end tokens.</param>
/// <param name="Decoded">The text of these ids.</param>
/// <param name="DecodedWithoutSpecialTokens">The text of these ids but for special tokens.</param>
internal sealed record OracleAnswer(int[] Ids, string Decoded, string DecodedWithoutSpecialTokens);
