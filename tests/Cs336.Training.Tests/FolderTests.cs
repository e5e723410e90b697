namespace Cs336.Training.Tests;

public sealed class FolderTests
{
    [Fact]
    public void No_folder_of_the_package_is_in_a_circle_with_another() => FolderCircles.AssertNone(Path.Combine("src", "Cs336.Training"));

    [Fact]
    public void The_trainer_is_short_enough_to_be_read_at_once() =>
        Assert.InRange(File.ReadLines(Path.Combine(RepositoryRoot.Path, "src", "Cs336.Training", "Loop", "Trainer.cs")).Count(), 1, 249);

    [Fact]
    public void A_circle_is_found_by_way_of_a_third_folder_and_told_with_its_uses()
    {
        (string, string)[] files =
        [
            (Path.Combine("A", "One.cs"), "public sealed class One { private readonly Two _two; }"),
            (Path.Combine("B", "Two.cs"), "public record Two(Three Three);"),
            (Path.Combine("C", "Three.cs"), "internal readonly record struct Three { void Do() => "
                + "Console.WriteLine($\"{nameof(One)}\"); }"),
            ("Four.cs", "enum Four { A }"),
            (Path.Combine("D", "Five.cs"), "interface IFive { Four Get(One one); }"),
        ];
        string circle = Assert.Single(FolderCircles.Find(files));
        Assert.StartsWith("A, B, C are in a circle: ", circle);
        Assert.Contains($"{Path.Combine("A", "One.cs")} uses Two of B", circle);
        Assert.Contains($"{Path.Combine("C", "Three.cs")} uses One of A", circle);
    }

    [Fact]
    public void A_folder_within_a_folder_can_be_in_a_circle_with_it() => Assert.StartsWith(
        $"A, {Path.Combine("A", "B")} are in a circle: ",
        Assert.Single(FolderCircles.Find(
        [
            (Path.Combine("A", "One.cs"), "class One { Two two; }"),
            (Path.Combine("A", "B", "Two.cs"), "class Two { One one; }"),
        ])));

    [Fact]
    public void Comments_texts_members_and_names_of_one_s_own_are_no_uses() => Assert.Empty(FolderCircles.Find(
    [
        (Path.Combine("A", "One.cs"), "/// <see cref=\"Two\"/>\nclass One { string Get() => \"Two\"; /* Two */ object X => this.Two; "
            + "} class Same;"),
        (Path.Combine("B", "Two.cs"), "class Two { One one; Same same; } class Same;"),
    ]));
}
