namespace Cs336.Training;

/// <summary>What a run learns from and is measured on.</summary>
public sealed record TrainingData : IDisposable
{
    /// <summary>The tokens to learn from: a <see cref="TokenDataset"/>, or several with weights.</summary>
    public required TokenMixture Training { get; init; }

    /// <summary>Tokens kept apart to measure on; null for none.</summary>
    public TokenDataset? Validation { get; init; }

    /// <summary>
    /// How token files were understood that are not as they are written here, a sentence each: see <see cref="TokenDataset.Note"/>.
    /// </summary>
    public IReadOnlyList<string> Notes =>
        [.. Training.Texts.Append(Validation).Select(text => text?.Note).OfType<string>().Distinct()];

    /// <summary>How many bytes of text each token id stands for, so that losses can be told in bits per byte; null where unknown.</summary>
    public IReadOnlyList<int>? TokenByteLengths { get; init; }

    /// <summary>What tells whether a run goes on with the tokenizer that it was begun with; null where that is unknown.</summary>
    public string? TokenizerFingerprint { get; init; }

    /// <summary>Closes the token files.</summary>
    public void Dispose()
    {
        Validation?.Dispose();
        Training.Dispose();
    }
}
