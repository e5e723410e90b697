namespace Cs336.Distributed.Tests;

public sealed class FolderTests
{
    [Fact]
    public void No_folder_of_the_package_is_in_a_circle_with_another() =>
        FolderCircles.AssertNone(Path.Combine("src", "Cs336.Distributed"));
}
