namespace Cs336.Data;

/// <summary>Which documents of a corpus.</summary>
public enum DocumentPart
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>Those that are not kept apart to validate on.</summary>
    Training,

    /// <summary>Those that are kept apart to validate on.</summary>
    Validation,
}
