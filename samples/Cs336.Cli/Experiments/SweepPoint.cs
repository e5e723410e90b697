using System.Text.Json.Nodes;

namespace Cs336.Cli;

/// <summary>One setting of a sweep, all seeds together.</summary>
/// <param name="Name">The setting in words.</param>
/// <param name="Values">The value of each key that was varied.</param>
/// <param name="Diverged">Whether a run with it diverged.</param>
/// <param name="Loss">Mean of the final validation losses in nats per token; null where a run is not complete or was not validated.</param>
internal sealed record SweepPoint(string Name, IReadOnlyDictionary<string, object> Values, bool Diverged, double? Loss)
{
    public double Number(string key) => Convert.ToDouble(Values[key], System.Globalization.CultureInfo.InvariantCulture);

    public JsonObject ToJson()
    {
        JsonObject json = [];
        foreach ((string key, object value) in Values) json[key] = JsonValue.Create(value);
        json["validation_loss"] = Loss;
        json["diverged"] = Diverged;
        return json;
    }
}
