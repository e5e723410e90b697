using Cs336.Runs;

namespace Cs336.Inference;

/// <summary>Where a folder keeps its model.</summary>
internal static class ModelFolder
{
    /// <summary>The folder itself, where it holds weights, or that of the newest checkpoint in it.</summary>
    /// <exception cref="FileNotFoundException">There is no model.</exception>
    public static string Find(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (File.Exists(Path.Combine(directory, RunFiles.Weights))) return directory;
        return RunFiles.FindNewestModel(directory) ?? throw new FileNotFoundException(
            $"There is no model in {directory}: expected {RunFiles.Weights} and {RunFiles.Config} in it, "
            + $"or in a folder of {RunFiles.Checkpoints}/.");
    }
}
