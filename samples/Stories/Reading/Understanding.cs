using System.Collections.Immutable;

namespace Stories;

/// <summary>What a reader knows of a story so far: who has which role, and what each slot of its plot stands for.</summary>
/// <param name="Known">By slot and property: ("friend.Name", "tom"), ("toy.Color", "blue"), ("place", "the park").</param>
internal sealed record Understanding(ImmutableDictionary<string, string> Known)
{
    /// <summary>Before the first sentence.</summary>
    public static Understanding Nothing { get; } = new(ImmutableDictionary<string, string>.Empty);

    /// <summary>What is known after a sentence; null where it contradicts what was known.</summary>
    /// <param name="pattern">A pattern that the sentence may be of.</param>
    /// <param name="words">The words of the sentence, as many as the pattern's.</param>
    public Understanding? After(SentencePattern pattern, IReadOnlyList<string> words)
    {
        ImmutableDictionary<string, string> known = Known;
        for (int i = 0; i < words.Count; i++)
        {
            if (SymbolSlot.Read(pattern.Words[i]) is not (string slot, WordClass wordClass))
            {
                if (words[i] != pattern.Words[i]) return null;
            }
            else if (
                wordClass is WordClass.Name or WordClass.Kind or WordClass.Trait or WordClass.Elder or WordClass.Color or WordClass.Thing)
            {
                if (!TryLearn(ref known, $"{slot}.{wordClass}", words[i])) return null;
            }
        }

        foreach ((string slot, string choice) in pattern.Choices)
        {
            if (!TryLearn(ref known, slot, choice)) return null;
        }

        string[] names = [.. known.Where(item => item.Key.EndsWith(".Name", StringComparison.Ordinal)).Select(item => item.Value)];
        if (names.Distinct().Count() < names.Length) return null; // two who would be of one name
        return known == Known ? this : new Understanding(known);
    }

    /// <summary>Whether anything is known of a slot.</summary>
    public bool Knows(string slot) => Known.Keys.Any(key => key == slot || key.StartsWith(slot + ".", StringComparison.Ordinal));

    /// <summary>All that is known, in one order whatever the order in which it was learnt.</summary>
    public override string ToString() =>
        string.Join(", ", Known.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key} is {item.Value}"));

    private static bool TryLearn(ref ImmutableDictionary<string, string> known, string what, string value)
    {
        if (known.TryGetValue(what, out string? before)) return before == value;
        known = known.Add(what, value);
        return true;
    }
}
