namespace Cs336.Data.Tests;

public class FolderTests
{
    [Fact]
    public void No_folder_of_the_package_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Cs336.Data"));
}
