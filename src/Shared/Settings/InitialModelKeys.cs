namespace Cs336.Settings;

/// <summary>Keys of a model's shape in the settings of a run that begins with another model, whose shape it takes.</summary>
internal static class InitialModelKeys
{
    /// <summary>Keys that every shape has: 0 stands for what the model to begin with tells.</summary>
    public static readonly string[] Sizes = ["vocab_size", "context_length", "d_model", "num_layers", "num_heads", "d_ff"];

    /// <summary>Keys that may have another value than in the model to begin with.</summary>
    public static readonly string[] Free = ["context_length", "init_seed"];
}
