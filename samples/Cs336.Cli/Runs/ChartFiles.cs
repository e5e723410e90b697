using Cs336.Charts;

namespace Cs336.Cli;

/// <summary>Writes charts in both formats.</summary>
internal static class ChartFiles
{
    /// <summary>Writes <c>PATH.png</c> and <c>PATH.svg</c> and returns their names.</summary>
    public static string[] Save(Chart chart, string path)
    {
        chart.SavePng(path + ".png");
        chart.SaveSvg(path + ".svg");
        return [path + ".png", path + ".svg"];
    }
}
