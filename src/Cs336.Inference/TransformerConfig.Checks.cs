namespace Cs336.Inference;

// What a configuration is held to.
public sealed partial record TransformerConfig
{
    /// <summary>Everything that is wrong with the configuration, one sentence each; empty where it is sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        RequirePositive(problems, "vocab_size", VocabSize);
        RequirePositive(problems, "context_length", ContextLength);
        RequirePositive(problems, "d_model", DModel);
        RequirePositive(problems, "num_layers", NumLayers);
        RequirePositive(problems, "num_heads", NumHeads);
        RequirePositive(problems, "d_ff", DFf);
        if (!double.IsFinite(RopeTheta) || RopeTheta <= 0)
            problems.Add($"rope_theta is {RopeTheta}, but must be a finite number above 0: 10000 is usual.");
        AddHeadProblems(problems);
        if (NumKvHeads is int groups)
        {
            RequirePositive(problems, "num_kv_heads", groups);
            if (groups > 0 && NumHeads > 0 && NumHeads % groups != 0)
                problems.Add(
                    $"num_kv_heads is {groups}, which does not divide num_heads {NumHeads}: "
                    + "every key head serves equally many query heads.");
        }
        if (!double.IsFinite(Epsilon) || Epsilon <= 0)
            problems.Add($"eps is {Epsilon}, but must be a finite number above 0: 1e-5 is usual.");
        RequireDefined(problems, "norm", Norm);
        RequireDefined(problems, "position", Position);
        RequireDefined(problems, "ffn", FeedForward);
        AddPositionProblems(problems);
        RequirePositive(problems, "logit_soft_cap", LogitSoftCap);
        RequirePositive(problems, "embedding_scale", EmbeddingScale);
        return problems;
    }

    /// <summary>Checks the configuration.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message lists every problem at once.</exception>
    public void Validate()
    {
        IReadOnlyList<string> problems = FindProblems();
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }

    private void AddHeadProblems(List<string> problems)
    {
        if (HeadDim is int size)
        {
            RequirePositive(problems, "head_dim", size);
            if (size > 0 && NumHeads > 0 && (long)size * NumHeads > int.MaxValue)
                problems.Add($"head_dim is {size}, which times num_heads {NumHeads} is more than {int.MaxValue}.");
            if (Position == PositionEncoding.Rope && size % 2 != 0)
                problems.Add($"head_dim is {size}, but rotary embeddings turn pairs and need an even head size.");
        }
        else if (DModel > 0 && NumHeads > 0)
        {
            if (DModel % NumHeads != 0)
                problems.Add($"d_model is {DModel}, which num_heads {NumHeads} does not divide: choose a multiple of {NumHeads}.");
            else if (Position == PositionEncoding.Rope && HeadSize % 2 != 0)
                problems.Add(
                    $"d_model / num_heads is {HeadSize}, but rotary embeddings turn pairs and need an even head size: "
                    + $"change d_model {DModel} or num_heads {NumHeads}.");
        }
    }

    private void AddPositionProblems(List<string> problems)
    {
        if (RopeScaling is not null)
        {
            RopeScaling.AddProblems(problems);
            if (Position != PositionEncoding.Rope)
                problems.Add("rope_scaling is there, but position is none: there is nothing to scale.");
            if (RopeScaling.Kind == RopeScalingKind.Yarn && RopeTheta == 1)
                problems.Add("rope_theta is 1, with which all pairs turn alike: yarn cannot tell them apart.");
        }
        if (Window is int window) RequirePositive(problems, "window", window);
        if (LayersWithoutWindow < 0 || LayersWithoutWindow > Math.Max(0, NumLayers))
            problems.Add($"layers_without_window is {LayersWithoutWindow}, but must be from 0 to num_layers {NumLayers}.");
        else if (LayersWithoutWindow > 0 && Window is null)
            problems.Add($"layers_without_window is {LayersWithoutWindow}, but there is no window.");
        if (WindowPattern is string pattern) AddPatternProblems(problems, pattern);
    }

    private void AddPatternProblems(List<string> problems, string pattern)
    {
        if (pattern.Length == 0 || pattern.AsSpan().ContainsAnyExcept(ShortLayer, LongLayer))
            problems.Add(
                $"window_pattern is \"{pattern}\", but must be letters S, for a layer with the window, and L, for one without: "
                + "such as SSSL.");
        if (Window is null) problems.Add($"window_pattern is {pattern}, but there is no window.");
        if (LayersWithoutWindow > 0)
            problems.Add(
                $"window_pattern is {pattern} and layers_without_window {LayersWithoutWindow}, but one of them says all: drop the other.");
    }

    private static void RequirePositive(List<string> problems, string name, int value)
    {
        if (value <= 0) problems.Add($"{name} is {value}, but must be at least 1.");
    }

    private static void RequirePositive(List<string> problems, string name, double? value)
    {
        if (value is double number && !((float)number > 0 && float.IsFinite((float)number)))
            problems.Add($"{name} is {number}, but must be a finite number above 0, or be left out.");
    }

    private static void RequireDefined<T>(List<string> problems, string name, T value) where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) problems.Add($"{name} is {value}, but must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
