using System.Runtime.InteropServices;

namespace Cs336.Transformer;

/// <summary>The few functions of the GNU C library that loading and tuning need. Call none unless <see cref="IsPresent"/>.</summary>
internal static class Glibc
{
    private const string Library = "libc.so.6";

    /// <summary>Close the descriptor when the process starts another program (linux/memfd.h).</summary>
    public const uint CloseOnExec = 1;

    /// <summary>Parameters of <see cref="SetAllocatorOption"/> (malloc.h).</summary>
    public const int TrimThreshold = -1, MaximumMappings = -4;

    /// <summary>Whether this process runs on glibc: false on musl, macOS and Windows.</summary>
    public static bool IsPresent { get; } =
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad(Library, out nint libc)
        && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _);

    /// <summary>memfd_create(2): the descriptor of a file that lives in memory only, or -1.</summary>
    [DllImport(Library, EntryPoint = "memfd_create", SetLastError = true)]
    public static extern int CreateMemoryFile([MarshalAs(UnmanagedType.LPUTF8Str)] string name, uint flags);

    /// <summary>mallopt(3): 1 when the option was set, 0 when it was refused.</summary>
    [DllImport(Library, EntryPoint = "mallopt")]
    public static extern int SetAllocatorOption(int parameter, int value);

    /// <summary>setenv(3): changes the environment that native libraries read; .NET's own setter changes a copy.</summary>
    [DllImport(Library, EntryPoint = "setenv")]
    public static extern int SetEnvironmentVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
