namespace Cs336.Inference;

/// <summary>One line of an account: a part of a model and what it takes.</summary>
/// <param name="Name">The part, such as <c>feed-forward</c>.</param>
/// <param name="Value">Parameters, floating-point operations or bytes, as the account says.</param>
public readonly record struct AccountedComponent(string Name, Int128 Value);
