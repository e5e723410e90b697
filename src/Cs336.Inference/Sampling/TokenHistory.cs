using System.Runtime.InteropServices;

namespace Cs336.Inference;

/// <summary>The tokens of a sequence so far, and how often each occurs.</summary>
public sealed class TokenHistory
{
    private readonly Dictionary<int, int> _places = [];
    private readonly List<TokenCount> _counts = [];
    private int[] _tokens;

    /// <summary>Starts with a prompt.</summary>
    public TokenHistory(ReadOnlySpan<int> prompt)
    {
        _tokens = prompt.ToArray();
        PromptLength = Length = prompt.Length;
        foreach (int id in prompt)
        {
            ref TokenCount count = ref CountOf(id);
            count = count with { InPrompt = count.InPrompt + 1 };
        }
    }

    /// <summary>Number of tokens, the prompt's included.</summary>
    public int Length { get; private set; }

    /// <summary>Number of tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>The prompt and what was generated, in order.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Each token that occurs, once, in the order of its first occurrence.</summary>
    public ReadOnlySpan<TokenCount> Counts => CollectionsMarshal.AsSpan(_counts);

    /// <summary>Appends a generated token.</summary>
    public void Add(int id)
    {
        if (Length == _tokens.Length) Array.Resize(ref _tokens, Math.Max(16, 2 * Length));
        _tokens[Length++] = id;
        ref TokenCount count = ref CountOf(id);
        count = count with { Generated = count.Generated + 1 };
    }

    /// <summary>The tokens from a position on; valid until the next <see cref="Add"/>.</summary>
    internal ReadOnlyMemory<int> From(int start) => _tokens.AsMemory(start, Length - start);

    private ref TokenCount CountOf(int id)
    {
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, id, out bool known);
        if (!known)
        {
            place = _counts.Count;
            _counts.Add(new TokenCount(id, 0, 0));
        }
        return ref CollectionsMarshal.AsSpan(_counts)[place];
    }
}
