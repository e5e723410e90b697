using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Distributed;

/// <summary>
/// A library of MPI that has been loaded, by pointers to its functions. There is no one binary interface: what is 0x44000000 to MPICH is
/// the address of <c>ompi_mpi_comm_world</c> to OpenMPI. Handles of both fit a register; only bytes are sent, so that few are needed.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    private const string PathVariable = "CS336_MPI";
    private const int Serialized = 2; // calls from any thread, one at a time
    private const nint MpichWorld = 0x44000000, MpichByte = 0x4c00010d;
    private const int MaxText = 8192; // more than either asks for
    private static readonly string[] OpenMpiNames = ["libmpi.so.40", "libmpi.so", "libmpi.dylib"],
        MpichNames = ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.12.dylib"];

    private readonly nint _library;

    private MpiLibrary(nint library, string name)
    {
        (_library, Name) = (library, name);
        Kind = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world) ? MpiKind.OpenMpi : MpiKind.Mpich;
        (World, Byte) = Kind == MpiKind.OpenMpi ? (world, Find("ompi_mpi_byte")) : (MpichWorld, MpichByte);
        AllToAll = (delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int>)Find("MPI_Ialltoallv");
        AllGather = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int>)Find("MPI_Iallgatherv");
        Broadcast = (delegate* unmanaged<void*, int, nint, int, nint, nint*, int>)Find("MPI_Ibcast");
        Barrier = (delegate* unmanaged<nint, nint*, int>)Find("MPI_Ibarrier");
        Send = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Find("MPI_Isend");
        Receive = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Find("MPI_Irecv");
        Test = (delegate* unmanaged<nint*, int*, void*, int>)Find("MPI_Test");
        Cancel = (delegate* unmanaged<nint*, int>)Find("MPI_Cancel");
        Free = (delegate* unmanaged<nint*, int>)Find("MPI_Request_free");
    }

    public string Name { get; }

    public MpiKind Kind { get; }

    /// <summary>The communicator of all ranks.</summary>
    public nint World { get; }

    /// <summary>The type of a byte.</summary>
    public nint Byte { get; }

    public delegate* unmanaged<void*, int*, int*, nint, void*, int*, int*, nint, nint, nint*, int> AllToAll { get; }
    public delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, nint*, int> AllGather { get; }
    public delegate* unmanaged<void*, int, nint, int, nint, nint*, int> Broadcast { get; }
    public delegate* unmanaged<nint, nint*, int> Barrier { get; }
    public delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> Send { get; }
    public delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> Receive { get; }
    public delegate* unmanaged<nint*, int*, void*, int> Test { get; }
    public delegate* unmanaged<nint*, int> Cancel { get; }
    public delegate* unmanaged<nint*, int> Free { get; }

    /// <summary>Loads the library that goes with a launcher, or the one that <c>CS336_MPI</c> names.</summary>
    /// <exception cref="CommunicationException">There is none, or it is no MPI.</exception>
    public static MpiLibrary Load(LaunchedRank? launched)
    {
        string? chosen = Environment.GetEnvironmentVariable(PathVariable);
        string[] names = !string.IsNullOrEmpty(chosen) ? [chosen]
            : launched?.Variable == "PMI_RANK" ? [.. MpichNames, .. OpenMpiNames] : [.. OpenMpiNames, .. MpichNames];
        foreach (string name in names)
        {
            // OpenMPI loads parts of itself that look for its functions among those that every library sees.
            NativeCalls.OpenForAll(name);
            if (!NativeLibrary.TryLoad(name, out nint library)) continue;
            try
            {
                return new MpiLibrary(library, name);
            }
            catch (EntryPointNotFoundException exception)
            {
                throw new CommunicationException($"{name} is no library of MPI 3 or later: {exception.Message} Set {PathVariable} to the "
                    + "file of one.", exception);
            }
        }
        throw new CommunicationException($"{launched?.Launcher ?? "A launcher"} has started this process, but there is no library of MPI "
            + $"({string.Join(", ", names)}): install OpenMPI (libopenmpi3) or MPICH (libmpich12), whichever the launcher is of, or set "
            + $"{PathVariable} to its file.");
    }

    /// <summary>Joins the processes that the launcher has started.</summary>
    /// <exception cref="CommunicationException">They cannot be joined.</exception>
    public void Begin()
    {
        int has;
        Require(((delegate* unmanaged<int*, int>)Find("MPI_Initialized"))(&has), "MPI_Initialized");
        if (has != 0) return;
        int provided;
        Require(((delegate* unmanaged<int*, byte***, int, int*, int>)Find("MPI_Init_thread"))(null, null, Serialized, &provided),
            "MPI_Init_thread");
        if (provided < Serialized)
            throw new CommunicationException($"{Version()} allows calls from one thread only: install one that was built with threads.");
    }

    public (int Rank, int Size) Place()
    {
        int rank, size;
        Require(((delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_rank"))(World, &rank), "MPI_Comm_rank");
        Require(((delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_size"))(World, &size), "MPI_Comm_size");
        return (rank, size);
    }

    /// <summary>What the library calls itself.</summary>
    public string Version()
    {
        byte[] text = new byte[MaxText];
        int length;
        fixed (byte* first = text) ((delegate* unmanaged<byte*, int*, int>)Find("MPI_Get_library_version"))(first, &length);
        string told = Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, MaxText)).Trim('\0', '\n', ' ');
        // Open MPI v4.1.4, package: ...; of MPICH, lines of names and values.
        return Kind == MpiKind.OpenMpi ? told.Split(',')[0]
            : told.StartsWith("MPICH Version:", StringComparison.Ordinal) ? "MPICH " + told.Split('\n')[0]["MPICH Version:".Length..].Trim()
            : told.Split('\n')[0];
    }

    public void End() => ((delegate* unmanaged<int>)Find("MPI_Finalize"))();

    public void Abort(int code) => ((delegate* unmanaged<nint, int, int>)Find("MPI_Abort"))(World, code);

    /// <exception cref="CommunicationException">A call has failed; most end the process themselves.</exception>
    public void Require(int result, string call)
    {
        if (result == 0) return;
        byte[] text = new byte[MaxText];
        int length;
        fixed (byte* first = text) ((delegate* unmanaged<int, byte*, int*, int>)Find("MPI_Error_string"))(result, first, &length);
        throw new CommunicationException($"{call} of {Name} failed: {Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, MaxText))}");
    }

    private nint Find(string name) => NativeLibrary.TryGetExport(_library, name, out nint address) ? address
        : throw new EntryPointNotFoundException($"It has no function {name}.");
}
