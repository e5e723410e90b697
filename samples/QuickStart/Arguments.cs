using System.Text.Json.Serialization;

namespace QuickStart;

/// <summary>What the user asks for on the command line.</summary>
internal sealed record Arguments
{
    public string? Data { get; init; }
    public string? Prompt { get; init; }
    public long Steps { get; init; } = 2400;
    public int VocabSize { get; init; } = 2048;
    public int ContextLength { get; init; } = 256;
    public int DModel { get; init; } = 128;
    public int NumHeads { get; init; } = 4;

    [JsonIgnore]
    public int Check { get; init; }

    [JsonIgnore]
    public bool Resume { get; init; }

    [JsonIgnore]
    public string? Run { get; init; }
}
