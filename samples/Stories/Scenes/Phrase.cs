namespace Stories;

/// <summary>A slot of plain words. They may be a template themselves: <c>{hero.his} little boat</c>.</summary>
internal sealed record Phrase(string Words) : ISlot
{
    /// <inheritdoc/>
    public string? Form(string form) => form.Length == 0 ? Words : null;
}
