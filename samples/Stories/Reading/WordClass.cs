namespace Stories;

/// <summary>Kinds of words that a telling can exchange: what stands for whom tells one story from another.</summary>
internal enum WordClass
{
    /// <summary>"Lily".</summary>
    Name,

    /// <summary>"fox", "girl", "turtle".</summary>
    Kind,

    /// <summary>"little", as in "a little fox".</summary>
    Trait,

    /// <summary>"grandmother".</summary>
    Elder,

    /// <summary>"blue".</summary>
    Color,

    /// <summary>"kite".</summary>
    Thing,

    /// <summary>"he", "she".</summary>
    He,

    /// <summary>"him", "his", "her": English does not tell the two of a girl apart.</summary>
    Him,

    /// <summary>"himself", "herself".</summary>
    Himself,

    /// <summary>"son", "daughter".</summary>
    Son,

    /// <summary>"hand", "paw".</summary>
    Hand,

    /// <summary>"hands", "paws".</summary>
    Hands,
}
