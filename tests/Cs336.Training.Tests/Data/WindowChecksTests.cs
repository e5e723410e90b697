namespace Cs336.Training.Tests;

public sealed class WindowChecksTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Too_little_text_is_named_by_the_part_that_it_is_with_what_to_set()
    {
        string path = TokenFiles.Write(_folder, "tokens.npy", TokenFiles.Walk(2_442, 40), 40);
        (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(path, 0.05);
        using (training)
        {
            Assert.Equal($"The last 5 % (validation_fraction 0.05) of {path}, kept apart to validate on, are 122 of 2,442 tokens, but a "
                + "window of 128 and the token after it need 129: use more text, a shorter context, a larger validation_fraction, or 0 for "
                + "no validation.",
                WindowChecks.FindProblem(validation, 128, isValidation: true));
            Assert.Equal($"The first 95 % of {path} to learn from (validation_fraction 0.05 is kept apart to validate on) are 2,320 of "
                + "2,442 tokens, but a window of 4096 and the token after it need 4097: use more text, a shorter context, a smaller "
                + "validation_fraction, or 0 for no validation.",
                WindowChecks.FindProblem(training, 4096));
            Assert.Null(WindowChecks.FindProblem(validation, 121, isValidation: true));
        }
        using TokenDataset whole = TokenDataset.Open(path);
        Assert.Equal($"{path} has 2442 tokens to validate on, but a window of 4096 and the token after it need 4097: use more text, a "
            + "shorter context, or no validation data.", WindowChecks.FindProblem(whole, 4096, isValidation: true));
    }
}
