using System.Runtime.InteropServices;

namespace Cs336.Distributed;

/// <summary>What .NET has no call of its own for.</summary>
internal static unsafe partial class NativeCalls
{
    private const int Now = 2, ForAllOnLinux = 0x100, ForAllOnMac = 0x8; // RTLD_NOW and RTLD_GLOBAL of dlopen

    private const int ActionBytes = 512; // more than any system's structure has

    /// <summary>Illegal instruction, trap, abort, bus error on either system, arithmetic, segment.</summary>
    private static readonly int[] Faults = [4, 5, 6, 7, 8, 10, 11];

    /// <summary>Loads a library so that those loaded later find its functions; nothing where there is none.</summary>
    public static void OpenForAll(string name)
    {
        if (!OperatingSystem.IsWindows()) Open(name, Now | (OperatingSystem.IsLinux() ? ForAllOnLinux : ForAllOnMac));
    }

    /// <summary>
    /// Does something, and then puts the handlers of fault signals back as they were: the libraries below MPI set their own, to report
    /// crashes, but .NET needs its own to turn a null reference into an exception.
    /// </summary>
    public static void KeepingSignals(Action act)
    {
        if (OperatingSystem.IsWindows())
        {
            act();
            return;
        }
        byte[][] before = [.. Faults.Select(_ => new byte[ActionBytes])];
        for (int i = 0; i < Faults.Length; i++)
            fixed (byte* action = before[i]) SetAction(Faults[i], null, action);
        try
        {
            act();
        }
        finally
        {
            for (int i = 0; i < Faults.Length; i++)
                fixed (byte* action = before[i]) SetAction(Faults[i], action, null);
        }
    }

    /// <summary>
    /// Sleeps, also for less than a millisecond, which <see cref="Thread.Sleep(TimeSpan)"/> would round down to no sleep at all.
    /// </summary>
    public static void Sleep(TimeSpan time)
    {
        if (OperatingSystem.IsWindows())
        {
            Thread.Sleep(1);
            return;
        }
        nint* duration =
            stackalloc nint[2] { (nint)time.Seconds, (nint)(time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick) };
        SleepFor(duration, null);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int SleepFor(nint* duration, nint* remaining);

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string name, int flags);

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static partial int SetAction(int signal, byte* action, byte* before);
}
