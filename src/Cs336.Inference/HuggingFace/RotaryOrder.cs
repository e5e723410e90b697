namespace Cs336.Inference;

/// <summary>
/// What becomes of the rows of a query or key matrix, of its bias and of a head's gains. The rotary embedding turns rows 2i and
/// 2i + 1 of a head of d rows together here, as the paper has it, and rows i and i + d/2 in Hugging Face's transformers: the same model
/// with its rows in another order.
/// </summary>
internal enum RotaryOrder
{
    /// <summary>They stay where they are.</summary>
    Same,

    /// <summary>Pairs side by side become two halves, as transformers has them.</summary>
    PairsToHalves,

    /// <summary>Two halves become pairs side by side, as they are here.</summary>
    HalvesToPairs,
}
