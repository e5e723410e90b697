namespace Cs336.Training;

/// <summary>Ranks that must have the same weights have not. None of them is kept: nobody knows whose are right.</summary>
internal sealed class ReplicasDifferException(string message) : Exception(message);
