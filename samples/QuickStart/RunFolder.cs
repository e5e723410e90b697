namespace QuickStart;

/// <summary>Where a run keeps its files. All of them can be read while the run goes on.</summary>
/// <param name="path">The run's folder.</param>
internal sealed class RunFolder(string path)
{
    public string Path => path;
    public string Corpus => Inside("corpus.txt");
    public string Tokenizer => Inside("tokenizer");
    public string Tokens => Inside("tokens.npy");
    public string Metrics => Inside("metrics.jsonl");
    public string Curve => Inside("curve.png");
    public string Samples => Inside("samples.txt");

    private string Inside(string name) => System.IO.Path.Combine(path, name);
}
