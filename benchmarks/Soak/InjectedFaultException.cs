namespace Soak;

/// <summary>What everything that fails on purpose throws, so that it can be told from a fault of the libraries.</summary>
/// <param name="kind">What failed.</param>
internal sealed class InjectedFaultException(string kind) : Exception($"on purpose: {kind}")
{
    public string Kind => kind;
}
