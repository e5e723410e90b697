namespace Stories;

/// <summary>Something a template can name: a character, a thing, a place or a plain phrase.</summary>
internal interface ISlot
{
    /// <summary>
    /// The words for one form of this slot: <c>""</c> is the plain form, <c>{toy}</c>; others agree with it,
    /// <c>{toy.was}</c>. Null where the slot has no such form.
    /// </summary>
    string? Form(string form);
}
