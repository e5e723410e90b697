namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>A tokenizer under measurement, loaded with GPT-2's vocabulary and with documents in the form that it takes.</summary>
internal interface IPeer
{
    /// <summary>Encodes one document and returns how many ids it has.</summary>
    int Encode(int document);

    /// <summary>The ids of one document, for comparing peers.</summary>
    IReadOnlyList<int> EncodeToIds(int document);
}
