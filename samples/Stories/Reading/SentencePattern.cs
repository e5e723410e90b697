namespace Stories;

/// <summary>A sentence of a template, whoever and whatever it is told about.</summary>
/// <param name="Plot">Whose sentence it is; null for one of <see cref="Opening"/>.</param>
/// <param name="Beat">The number of its beat, from 0; -1 for one of <see cref="Opening"/>.</param>
/// <param name="Words">The words of <see cref="StoryText.WordsOf"/>, with those of <see cref="SymbolSlot"/> where tellings differ.</param>
/// <param name="Choices">What the plot chose for those of its other slots that the sentence names: the place, the spot, the plant.</param>
internal sealed record SentencePattern(Plot? Plot, int Beat, string[] Words, IReadOnlyDictionary<string, string> Choices);
