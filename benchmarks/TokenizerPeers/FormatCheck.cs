using System.Diagnostics;
using Cs336.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>Lets Hugging Face's library load the <c>tokenizer.json</c> written here and save it again, and loads what it saved.</summary>
internal static class FormatCheck
{
    /// <summary>A sentence for the report.</summary>
    public static string Run(BpeModel model, string folder, string npmFolder)
    {
        string resaved = Path.Combine(folder, "resaved");
        Directory.CreateDirectory(resaved);
        ProcessStartInfo start = new("node",
            [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), "resave", Path.Combine(folder, "tokenizer.json"),
                Path.Combine(resaved, "tokenizer.json")])
        {
            WorkingDirectory = npmFolder,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) return "`tokenizer.json` was not checked against Hugging Face's library, which could not be run.";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "`tokenizer.json` was not checked against Hugging Face's library: there is no node.";
        }
        BpeModel loaded = BpeModel.Load(resaved);
        bool same = loaded.Merges.SequenceEqual(model.Merges)
            && loaded.SpecialTokens.OrderBy(token => token.Value).SequenceEqual(model.SpecialTokens.OrderBy(token => token.Value))
            && Enumerable.Range(0, model.VocabSize).All(id => loaded.GetTokenBytes(id).SequenceEqual(model.GetTokenBytes(id)));
        return same
            ? "`tokenizer.json` as written here, loaded and saved again by Hugging Face's library, loads here as the same model."
            : "**`tokenizer.json` as written here, loaded and saved again by Hugging Face's library, loads here as another model.**";
    }
}
