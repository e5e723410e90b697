namespace Cs336.Inference;

/// <summary>Why a sequence, and the text that it stands for, ended.</summary>
public enum FinishReason
{
    /// <summary>The model drew one of <see cref="GenerationOptions.StopTokens"/>.</summary>
    StopToken,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> were generated.</summary>
    MaxNewTokens,

    /// <summary>The prompt and the new tokens fill the model's context.</summary>
    ContextFull,

    /// <summary>The text contains one of <see cref="GenerationOptions.StopStrings"/>.</summary>
    StopString,

    /// <summary>The program that generates the text ended it because its time was over.</summary>
    TimeLimit,
}
