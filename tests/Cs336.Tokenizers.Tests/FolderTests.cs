namespace Cs336.Tokenizers.Tests;

public class FolderTests
{
    [Fact]
    public void No_folder_of_the_package_is_in_a_circle_with_another() =>
        Testing.FolderCircles.AssertNone(Path.Combine("src", "Cs336.Tokenizers"));
}
