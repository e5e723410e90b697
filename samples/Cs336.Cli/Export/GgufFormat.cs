using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>One file for llama.cpp, Ollama and LM Studio.</summary>
internal sealed class GgufFormat : IExportFormat
{
    public string Name => "gguf";

    public string Description => "one file for llama.cpp, Ollama and LM Studio";

    public IReadOnlyList<string> Types => ["f16", "f32", "bf16", "q8_0", "q4_0"];

    public IReadOnlyList<string> Write(ExportRequest request)
    {
        BpeModel tokenizer = request.Tokenizer
            ?? throw new UsageException("No tokenizer is known of the model, and the file holds it: --tokenizer PATH.");
        GgufExport.Write(request.ModelFolder, tokenizer, request.Output, new GgufExportOptions
        {
            Type = Enum.Parse<GgufType>(request.Type, ignoreCase: true),
            Name = request.Name,
            EndToken = request.EndToken,
            ChatTemplate = request.ChatTemplate,
        });
        return GgufExport.FindDifferences(tokenizer);
    }
}
