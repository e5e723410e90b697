using System.Globalization;
using System.Runtime.InteropServices;

namespace Cs336.Testing;

/// <summary>The memory that this process may still ask Linux for, for tests of what happens without any.</summary>
internal static class DataMemory
{
    /// <summary>
    /// RLIMIT_DATA: what is private and can be written, the C library's memory among it. The limit of the whole address space would also
    /// deny .NET the memory for compiled code, without which it ends the process.
    /// </summary>
    private const int Resource = 2;

    /// <summary>Lets the process have so many bytes more than it has now.</summary>
    public static void LimitTo(long further) => Set((ulong)(Used() + further), Get().Maximum);

    /// <summary>Raises the limit, without making an object.</summary>
    public static void Raise(long bytes)
    {
        Limit limit = Get();
        Set(limit.Current + (ulong)bytes, limit.Maximum);
    }

    /// <summary>Lets it have all that the system allows.</summary>
    public static void Unlimit() => Set(Get().Maximum, Get().Maximum);

    private static Limit Get()
    {
        Limit limit = default;
        return GetLimit(Resource, ref limit) == 0
            ? limit
            : throw new InvalidOperationException($"getrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static void Set(ulong current, ulong maximum)
    {
        Limit limit = new(current, maximum);
        if (SetLimit(Resource, ref limit) != 0)
            throw new InvalidOperationException($"setrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static long Used()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmData:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(':')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    [DllImport("libc.so.6", EntryPoint = "getrlimit", SetLastError = true)]
    private static extern int GetLimit(int resource, ref Limit limit);

    [DllImport("libc.so.6", EntryPoint = "setrlimit", SetLastError = true)]
    private static extern int SetLimit(int resource, ref Limit limit);

    private record struct Limit(ulong Current, ulong Maximum);
}
