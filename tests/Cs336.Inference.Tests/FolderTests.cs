namespace Cs336.Inference.Tests;

public sealed class FolderTests
{
    [Fact]
    public void No_folder_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Cs336.Inference"));
}
