using System.Numerics;
using Cs336.Testing;

namespace Cs336.Charts.Tests;

public class CanvasTests
{
    private static readonly Rgb Black = new(0, 0, 0);

    [Fact]
    public void A_line_covers_its_width_and_pixels_on_its_edge_in_part()
    {
        DecodedPng crisp = Save(canvas => canvas.Stroke([new Vector2(2, 10), new Vector2(18, 10)], 4, Black));
        DecodedPng image = Save(canvas => canvas.Stroke([new Vector2(2, 10.25f), new Vector2(18, 10.25f)], 4, Black));

        Assert.Equal([255, 255, 0, 0, 0, 0, 255, 255], Enumerable.Range(6, 8).Select(y => crisp[10, y].Red));
        Assert.Equal([255, 255, 64, 0, 0, 0, 191, 255], Enumerable.Range(6, 8).Select(y => image[10, y].Red));
        Assert.Equal(new Rgb(255, 255, 255), image[10, 2]);
    }

    [Fact]
    public void A_faint_line_is_no_darker_where_it_crosses_itself()
    {
        DecodedPng image = Save(canvas => canvas.Stroke(
            [new Vector2(2, 10), new Vector2(18, 10), new Vector2(10, 18), new Vector2(10, 2)], 4, Black, opacity: 0.5f));

        Assert.Equal(128, image[10, 10].Red);
        Assert.Equal(128, image[5, 10].Red);
    }

    [Fact]
    public void One_point_is_a_disc()
    {
        DecodedPng image = Save(canvas => canvas.Stroke([new Vector2(10, 10)], 8, Black));

        int dark = Enumerable.Range(0, 400).Count(i => image[i % 20, i / 20].Red < 128);
        Assert.InRange(dark, 45, 56);
    }

    [Fact]
    public void Nothing_is_drawn_outside_the_clip_or_the_image()
    {
        DecodedPng image = Save(canvas =>
        {
            canvas.Clip = new Box(5, 5, 100, 15);
            canvas.Stroke([new Vector2(-50, -50), new Vector2(70, 70)], 6, Black);
            canvas.Fill(new Box(-5, -5, 50, 50), Black, 0.5f);
        });

        int[] inside = [.. Enumerable.Range(0, 400).Where(i => image[i % 20, i / 20].Red < 255)];
        Assert.All(inside, i => Assert.True(i % 20 >= 5 && i / 20 is >= 5 and < 15));
        Assert.Equal(15 * 10, inside.Length);
    }

    private static DecodedPng Save(Action<Canvas> draw)
    {
        var canvas = new Canvas(20, 20);
        draw(canvas);
        using var folder = new TemporaryFolder();
        using (FileStream file = File.Create(folder.File("image.png"))) canvas.Save(file);
        return DecodedPng.Read(folder.File("image.png"));
    }
}
