using Snapshooter.Xunit;

namespace Cs336.Testing;

/// <summary>The one place that knows which snapshot library the tests use.</summary>
internal static class SnapshotAssert
{
    public static void Match(string actual, string name) => Snapshot.Match(actual, name);
}
