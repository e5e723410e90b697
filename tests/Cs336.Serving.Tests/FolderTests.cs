using Cs336.Testing;

namespace Cs336.Serving.Tests;

public sealed class FolderTests
{
    [Fact]
    public void No_folder_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Cs336.Serving"));
}
