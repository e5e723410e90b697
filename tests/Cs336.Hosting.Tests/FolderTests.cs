using Cs336.Testing;

namespace Cs336.Hosting.Tests;

public sealed class FolderTests
{
    [Fact]
    public void No_folder_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Cs336.Hosting"));

    /// <summary>Here because this project comes after all others.</summary>
    [Fact]
    public void No_folder_of_what_packages_share_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Shared"));
}
