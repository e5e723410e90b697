using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Settings;
using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>
/// <c>Model:From</c>, the folder of the model that a run begins with: in the section of the shape, as in JSON, though not a part of it.
/// </summary>
internal static class InitialModelSection
{
    private const string Model = "model", From = "from";

    /// <summary>Takes it out of the section, and puts zeros for what that model tells of the shape.</summary>
    public static void Take(JsonObject section, object options, string path, List<string> problems)
    {
        if (options is not RunConfig run || section[Model] is not JsonObject model) return;
        if (model.Select(item => item.Key).FirstOrDefault(name => NearestName.Plain(name) == From) is not string key) return;
        JsonNode? from = model[key];
        model.Remove(key);
        if (from is null || (from.GetValueKind() == JsonValueKind.String && from.GetValue<string>().Length == 0)) return;
        if (from.GetValueKind() != JsonValueKind.String)
        {
            problems.Add($"{path}Model:{key} is a section, but must be a text: name a folder.");
            return;
        }
        run.From = from.GetValue<string>();
        if (model.ContainsKey("d_model")) return;
        problems.AddRange(model.Select(item => item.Key).Where(name => !InitialModelKeys.Free.Contains(name)).Select(name =>
            $"{path}Model:{name} stands beside {path}Model:{key}, whose model tells the shape: leave it out, or give the whole shape."));
        foreach (string name in InitialModelKeys.Sizes) model.TryAdd(name, 0);
    }
}
