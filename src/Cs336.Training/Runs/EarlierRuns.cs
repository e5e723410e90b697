using System.Text.Json.Nodes;
using Cs336.Inference;

namespace Cs336.Training;

/// <summary>Reads run folders of earlier versions, in which not every program wrote a run's configuration.</summary>
internal static class EarlierRuns
{
    /// <summary>Whether <c>config.json</c> is missing, or a model's alone.</summary>
    public static bool IsOne(RunDirectory directory) =>
        !File.Exists(directory.Config) || (ConfigReader.ParseObject(File.ReadAllText(directory.Config),
            directory.Config) is JsonObject json && json.ContainsKey("d_model"));

    /// <summary>
    /// What the folder tells: the model, and the trainer's options by the newest checkpoint; the files where hosts used to put
    /// them.
    /// </summary>
    public static RunConfig Read(RunDirectory directory, ICollection<string>? warnings)
    {
        ICheckpointStore store = directory.OpenCheckpoints();
        RunConfig config = new();
        VerifiedCheckpoints checkpoints = new(store);
        if (checkpoints.FindNewest([]) is CheckpointManifest newest)
        {
            config.Model = CheckpointReader.ReadConfig(store, newest.Step);
            config.Training = new SavedRun(checkpoints, newest).State.Options ?? config.Training;
        }
        else if (File.Exists(directory.Config))
        {
            config.Model = TransformerConfig.Load(directory.Config);
        }
        if (File.Exists(directory.Tokens)) config.Data.Training = [directory.Tokens];
        if (Directory.Exists(directory.Tokenizer)) config.Data.Tokenizer = directory.Tokenizer;
        warnings?.Add($"{directory.Path} was made by an earlier version that did not keep the optimizer's and the data's settings: where "
            + "they are not named, the defaults are taken.");
        return config;
    }

    /// <summary>
    /// The whole path of what a run's configuration names. Earlier versions kept relative paths, which started wherever the run had
    /// been started.
    /// </summary>
    public static string Find(RunDirectory directory, string path, ICollection<string>? warnings)
    {
        string here = Path.GetFullPath(path, directory.Path), there = Path.GetFullPath(path);
        if (Path.Exists(here) || !Path.Exists(there)) return here;
        warnings?.Add($"{directory.Config} names {path}, which is not in the run's folder: it is taken from the current one, {there}, as "
            + "earlier versions did.");
        return there;
    }
}
