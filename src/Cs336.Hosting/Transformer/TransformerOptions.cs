using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>
/// Which trained model the app uses: that of a run, or the one in a weights file. A fresh one comes from the run that <c>AddTrainer</c>
/// describes.
/// </summary>
public sealed class TransformerOptions
{
    /// <summary>
    /// The folder of a run: its newest checkpoint that is whole is loaded when the model is first asked for. Default null.
    /// </summary>
    public string? RunDirectory { get; set; }

    /// <summary>A safetensors file to load, with its <c>config.json</c> beside it, as in a checkpoint's folder. Default null.</summary>
    public string? WeightsFile { get; set; }

    /// <summary>What computes the model that is loaded.</summary>
    public ComputeConfig Compute { get; set; } = new();

    /// <summary>Whether a model is named.</summary>
    internal bool NamesModel => RunDirectory is not null || WeightsFile is not null;

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [.. Compute.FindProblems()];
        if (RunDirectory is not null && WeightsFile is not null)
            problems.Add("TransformerOptions has both a RunDirectory and a WeightsFile: give one of them.");
        if (RunDirectory is not null && string.IsNullOrWhiteSpace(RunDirectory))
            problems.Add("TransformerOptions.RunDirectory is blank: give a folder, or null.");
        if (WeightsFile is not null && string.IsNullOrWhiteSpace(WeightsFile))
            problems.Add("TransformerOptions.WeightsFile is blank: give a file, or null.");
        return problems;
    }
}
