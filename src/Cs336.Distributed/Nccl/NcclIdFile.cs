using System.Diagnostics;
using Cs336.Tokenizers;

namespace Cs336.Distributed;

/// <summary>Hands NCCL's id to all ranks by way of a file that all see.</summary>
internal static class NcclIdFile
{
    /// <summary>Writes the file; it is whole or not there.</summary>
    /// <exception cref="CommunicationException">It is there already.</exception>
    public static void Write(string path, ReadOnlySpan<byte> id)
    {
        if (File.Exists(path))
            throw new CommunicationException($"{path}, by which ranks find each other, is there already: another job has it or has left "
                + "it. Remove it, or name another file for every job.");
        using AtomicFile file = new(path);
        file.Stream.Write(id);
        file.Commit();
    }

    /// <summary>Waits for the file.</summary>
    /// <exception cref="CommunicationException">It has not come, or is no id.</exception>
    public static byte[] Read(string path, TimeSpan timeout)
    {
        long began = Stopwatch.GetTimestamp();
        while (!File.Exists(path))
        {
            if (Stopwatch.GetElapsedTime(began) > timeout)
                throw new CommunicationException($"Rank 0 has not written {path} for {timeout.TotalSeconds:0.#} s: does it run, and do all "
                    + "ranks see the folder?");
            Thread.Sleep(20);
        }
        byte[] id = File.ReadAllBytes(path);
        return id.Length == NcclId.Length ? id
            : throw new CommunicationException($"{path} has {id.Length} bytes, but an id of NCCL has {NcclId.Length}.");
    }
}
