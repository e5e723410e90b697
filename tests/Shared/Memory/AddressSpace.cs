using System.Globalization;
using System.Runtime.InteropServices;

namespace Cs336.Testing;

/// <summary>The memory that this process may still ask Linux for, for tests of what happens without any.</summary>
internal static class AddressSpace
{
    private const int Resource = 9; // RLIMIT_AS

    /// <summary>Lets the process have so many bytes more than it has now.</summary>
    public static void LimitTo(long further)
    {
        Limit before = default;
        if (GetLimit(Resource, ref before) != 0) throw new InvalidOperationException($"getrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
        Limit limit = before with { Current = (ulong)(Used() + further) };
        if (SetLimit(Resource, ref limit) != 0) throw new InvalidOperationException($"setrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Lets it have all that the system allows.</summary>
    public static void Unlimit()
    {
        Limit limit = default;
        if (GetLimit(Resource, ref limit) != 0) throw new InvalidOperationException($"getrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
        limit.Current = limit.Maximum;
        if (SetLimit(Resource, ref limit) != 0) throw new InvalidOperationException($"setrlimit failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static long Used()
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmSize:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(':')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    [DllImport("libc.so.6", EntryPoint = "getrlimit", SetLastError = true)]
    private static extern int GetLimit(int resource, ref Limit limit);

    [DllImport("libc.so.6", EntryPoint = "setrlimit", SetLastError = true)]
    private static extern int SetLimit(int resource, ref Limit limit);

    private record struct Limit(ulong Current, ulong Maximum);
}
