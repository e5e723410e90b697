using System.Text.Json;

namespace Cs336.Training.Tests;

public sealed class ExperimentSettingsTests
{
    private static readonly ExperimentSettings Settings = new([new("learning_rate", 1e-3), new("norm", "post"), new("seed", 2),
        new("tied", true), new("factor", 4.0)]);

    [Fact]
    public void Values_come_back_in_their_types()
    {
        Assert.Equal(1e-3, Settings.GetDouble("learning_rate"));
        Assert.Equal("post", Settings.GetString("norm"));
        Assert.Equal(2, Settings.GetInt32("seed"));
        Assert.Equal(2L, Settings.GetInt64("seed"));
        Assert.Equal(2.0, Settings.GetDouble("seed"));
        Assert.Equal(4.0, Settings.GetDouble("factor"));
        Assert.True(Settings.GetBoolean("tied"));
    }

    [Fact]
    public void A_setting_that_is_missing_or_of_another_type_is_named()
    {
        Assert.Equal("There is no setting lr; there are factor, learning_rate, norm, seed, tied.",
            Assert.Throws<KeyNotFoundException>(() => Settings.GetDouble("lr")).Message);
        Assert.Equal("The setting norm is post (String), but is read as Double.",
            Assert.Throws<InvalidCastException>(() => Settings.GetDouble("norm")).Message);
        Assert.Equal("The setting learning_rate is 0.001 (Double), but is read as Int64.",
            Assert.Throws<InvalidCastException>(() => Settings.GetInt32("learning_rate")).Message);
        Assert.Contains("more than 32 bits", Assert.Throws<InvalidCastException>(() =>
            new ExperimentSettings([new("n", 1L << 40)]).GetInt32("n")).Message);
    }

    [Fact]
    public void Json_gives_back_equal_settings()
    {
        string json = JsonSerializer.Serialize(Settings, ExperimentJson.Default.ExperimentSettings);
        ExperimentSettings read = JsonSerializer.Deserialize(json, ExperimentJson.Default.ExperimentSettings)!;
        Assert.Equal(Settings, read);
        Assert.Equal(Settings.GetHashCode(), read.GetHashCode());
        Assert.NotEqual(Settings, read.With(new ExperimentSettings([new("seed", 3)])));
        Assert.Equal("""{"factor":4,"learning_rate":0.001,"norm":"post","seed":2,"tied":true}""", Settings.ToString());
    }

    [Theory]
    [InlineData("""{"a": null}""", "The setting a is neither")]
    [InlineData("""{"a": 1, "a": 2}""", "The setting a comes twice")]
    [InlineData("[]", "Expected an object")]
    public void Json_of_something_else_is_refused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<JsonException>(() =>
            JsonSerializer.Deserialize(json, ExperimentJson.Default.ExperimentSettings)).Message);

    [Fact]
    public void Values_that_json_could_not_give_back_are_refused()
    {
        Assert.Contains("a is NaN (Double)", Assert.Throws<ArgumentException>(() => new ExperimentSettings([new("a", double.NaN)]))
            .Message);
        Assert.Contains("a is 1 (Decimal)", Assert.Throws<ArgumentException>(() => new ExperimentSettings([new("a", 1m)])).Message);
        Assert.Contains("a is null", Assert.Throws<ArgumentException>(() => new ExperimentSettings([new("a", null!)])).Message);
        Assert.Contains("empty name", Assert.Throws<ArgumentException>(() => new ExperimentSettings([new(" ", 1)])).Message);
    }

    [Fact]
    public void The_name_tells_the_settings_and_is_fit_for_a_folder()
    {
        Assert.Equal("factor=4,learning_rate=0.001,norm=post,seed=2,tied=true", Settings.Name);
        Assert.Equal("base", ExperimentSettings.None.Name);
        string slash = new ExperimentSettings([new("data", "a/b")]).Name, underscore = new ExperimentSettings([new("data", "a_b")]).Name;
        Assert.Equal("data=a_b", underscore);
        Assert.Matches("^data=a_b-[0-9a-f]{8}$", slash);
        Assert.Equal(129, new ExperimentSettings([new("text", new string('x', 500))]).Name.Length);
    }

    [Fact]
    public void A_logarithmic_range_has_equal_ratios_and_readable_numbers()
    {
        Assert.Equal([1e-4, 3.162e-4, 1e-3, 3.162e-3, 1e-2], ExperimentAxis.LogRange("learning_rate", 1e-4, 1e-2, 5).Values.Cast<double>());
        Assert.Equal([8.0, 4.0, 2.0], ExperimentAxis.LogRange("x", 8, 2, 3).Values.Cast<double>());
        Assert.Throws<ArgumentOutOfRangeException>(() => ExperimentAxis.LogRange("x", 0, 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => ExperimentAxis.LogRange("x", 1, double.NaN, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => ExperimentAxis.LogRange("x", 1, 2, 1));
    }

    [Fact]
    public void A_grid_has_every_combination_once()
    {
        IReadOnlyList<ExperimentSettings> grid = ExperimentAxis.Grid(ExperimentAxis.Of("norm", "pre", "post"),
            ExperimentAxis.LogRange("rate", 1e-3, 1e-2, 2), ExperimentAxis.Seeds(3));
        Assert.Equal(12, grid.Select(run => run.Name).Distinct().Count());
        Assert.Equal("norm=pre,rate=0.001,seed=0", grid[0].Name);
        Assert.Equal("norm=pre,rate=0.001,seed=1", grid[1].Name);
        Assert.Equal("norm=post,rate=0.01,seed=2", grid[^1].Name);
        Assert.Equal("base", Assert.Single(ExperimentAxis.Grid()).Name);
        Assert.Contains("seed comes twice", Assert.Throws<ArgumentException>(() =>
            ExperimentAxis.Grid(ExperimentAxis.Seeds(2), ExperimentAxis.Seeds(2))).Message);
        Assert.Contains("axis a has no values", Assert.Throws<ArgumentException>(() => ExperimentAxis.Of("a")).Message);
    }
}
