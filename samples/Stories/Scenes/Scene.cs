namespace Stories;

/// <summary>What one story is about: the words behind every slot its templates name.</summary>
internal sealed class Scene
{
    private readonly Dictionary<string, ISlot> _slots = [];

    /// <summary>The main character, slot <c>hero</c>.</summary>
    public required Character Hero
    {
        get;
        init => _slots["hero"] = field = value;
    }

    /// <summary>Where it happens, slot <c>place</c>.</summary>
    public required Place Place
    {
        get;
        init => _slots["place"] = field = value;
    }

    /// <summary>The words behind a slot of a plot's own.</summary>
    public ISlot this[string slot]
    {
        set => _slots[slot] = value;
    }

    /// <summary>Every slot that is filled, by its name.</summary>
    public IReadOnlyDictionary<string, ISlot> Slots => _slots;

    /// <summary>Gives a slot plain words, or a template for them.</summary>
    public void Say(string slot, string words) => this[slot] = new Phrase(words);

    /// <summary>The words for a reference such as <c>hero.his</c> or <c>toy</c>.</summary>
    /// <exception cref="InvalidOperationException">This scene has no such slot, or the slot no such form.</exception>
    public string Resolve(string reference)
    {
        int dot = reference.IndexOf('.', StringComparison.Ordinal);
        string slot = dot < 0 ? reference : reference[..dot];
        string form = dot < 0 ? "" : reference[(dot + 1)..];
        if (!_slots.TryGetValue(slot, out ISlot? found))
        {
            throw new InvalidOperationException(
                $"A template names {{{reference}}}, but this scene has only {string.Join(", ", _slots.Keys)}: "
                + $"let the plot set \"{slot}\" or name another slot.");
        }

        return found.Form(form) ?? throw new InvalidOperationException(
            $"A template names {{{reference}}}, but \"{form}\" is no form of {found.GetType().Name}: "
            + "use one of its forms or add this one.");
    }
}
