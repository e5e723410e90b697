using System.Runtime.InteropServices;

namespace Cs336.Distributed;

/// <summary>NCCL and the CUDA runtime beside it, by pointers to their functions.</summary>
internal sealed unsafe class NcclLibrary
{
    private const string NcclVariable = "CS336_NCCL", CudaVariable = "CS336_CUDART";
    private static readonly string[] NcclNames = ["libnccl.so.2", "libnccl.so"],
        CudaNames = ["libcudart.so.12", "libcudart.so.13", "libcudart.so.11.0", "libcudart.so"];

    private readonly nint _nccl;

    private NcclLibrary(nint nccl, nint cuda)
    {
        _nccl = nccl;
        CreateId = (delegate* unmanaged<NcclId*, int>)Find(nccl, "ncclGetUniqueId");
        Join = (delegate* unmanaged<nint*, int, NcclId, int, int>)Find(nccl, "ncclCommInitRank");
        AllReduce = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Find(nccl, "ncclAllReduce");
        AllGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Find(nccl, "ncclAllGather");
        ReduceScatter = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Find(nccl, "ncclReduceScatter");
        Broadcast = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Find(nccl, "ncclBroadcast");
        FindError = (delegate* unmanaged<nint, int*, int>)Find(nccl, "ncclCommGetAsyncError");
        Destroy = (delegate* unmanaged<nint, int>)Find(nccl, "ncclCommDestroy");
        Abort = (delegate* unmanaged<nint, int>)Find(nccl, "ncclCommAbort");
        Allocate = (delegate* unmanaged<nint*, nuint, int>)Find(cuda, "cudaMalloc");
        Free = (delegate* unmanaged<nint, int>)Find(cuda, "cudaFree");
        Copy = (delegate* unmanaged<nint, nint, nuint, int, int>)Find(cuda, "cudaMemcpy");
        Query = (delegate* unmanaged<nint, int>)Find(cuda, "cudaStreamQuery");
    }

    public delegate* unmanaged<NcclId*, int> CreateId { get; }
    public delegate* unmanaged<nint*, int, NcclId, int, int> Join { get; }
    public delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> AllReduce { get; }
    public delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> AllGather { get; }
    public delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> ReduceScatter { get; }
    public delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> Broadcast { get; }
    public delegate* unmanaged<nint, int*, int> FindError { get; }
    public delegate* unmanaged<nint, int> Destroy { get; }
    public delegate* unmanaged<nint, int> Abort { get; }
    public delegate* unmanaged<nint*, nuint, int> Allocate { get; }
    public delegate* unmanaged<nint, int> Free { get; }
    public delegate* unmanaged<nint, nint, nuint, int, int> Copy { get; }

    /// <summary>Whether a device has done what it was given: 0, or the number of an error, that of not being ready among them.</summary>
    public delegate* unmanaged<nint, int> Query { get; }

    /// <summary>Loads both.</summary>
    /// <exception cref="CommunicationException">One of them is missing, or too old.</exception>
    public static NcclLibrary Load()
    {
        nint nccl = Open("NCCL", NcclVariable, NcclNames), cuda = Open("the CUDA runtime", CudaVariable, CudaNames);
        try
        {
            return new NcclLibrary(nccl, cuda);
        }
        catch (EntryPointNotFoundException exception)
        {
            throw new CommunicationException($"NCCL or the CUDA runtime is not one that can be used: {exception.Message} Set "
                + $"{NcclVariable} and {CudaVariable} to files of NCCL 2 and CUDA 11 or later.", exception);
        }
    }

    /// <summary>The number of the version, such as 22100.</summary>
    public int Version()
    {
        int version;
        RequireNccl(((delegate* unmanaged<int*, int>)Find(_nccl, "ncclGetVersion"))(&version), "ncclGetVersion");
        return version;
    }

    /// <exception cref="CommunicationException">A call of NCCL has failed.</exception>
    public void RequireNccl(int result, string call)
    {
        if (result == 0) return;
        nint text = ((delegate* unmanaged<int, nint>)Find(_nccl, "ncclGetErrorString"))(result);
        throw new CommunicationException($"{call} failed: {Marshal.PtrToStringUTF8(text)}");
    }

    /// <exception cref="CommunicationException">A call of CUDA has failed.</exception>
    public static void RequireCuda(int result, string call)
    {
        if (result != 0) throw new CommunicationException($"{call} failed with CUDA's error {result}.");
    }

    private static nint Open(string what, string variable, string[] names)
    {
        string? chosen = Environment.GetEnvironmentVariable(variable);
        if (!string.IsNullOrEmpty(chosen)) names = [chosen];
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint library)) return library;
        throw new CommunicationException($"There is no {string.Join(", ", names)}: install {what}, or set {variable} to its file.");
    }

    private static nint Find(nint library, string name) => NativeLibrary.TryGetExport(library, name, out nint address) ? address
        : throw new EntryPointNotFoundException($"There is no function {name}.");
}
