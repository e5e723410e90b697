namespace Cs336.Distributed;

/// <summary>Whose MPI a library is, and so what its handles are.</summary>
internal enum MpiKind
{
    /// <summary>Handles are the addresses of exported objects.</summary>
    OpenMpi,

    /// <summary>Handles are whole numbers; those of MPICH and of all that keep to its binary interface.</summary>
    Mpich,
}
