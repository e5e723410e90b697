using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>One file for llama.cpp, Ollama and LM Studio.</summary>
internal sealed class GgufFormat : IExportFormat
{
    public string Name => "gguf";

    public string Description => "one file for llama.cpp, Ollama and LM Studio";

    public IReadOnlyList<string> Types => ["f16", "f32", "bf16", "q8_0", "q4_0"];

    public IReadOnlyList<string> FindProblems(TransformerConfig config, BpeModel? tokenizer) =>
        tokenizer is null ? ["no tokenizer is known of the model, and the file holds it"] : GgufExport.FindProblems(config, tokenizer);

    public ExportReport Write(ExportRequest request)
    {
        BpeModel tokenizer = request.Tokenizer
            ?? throw new UsageException("No tokenizer is known of the model, and the file holds it: --tokenizer PATH.");
        GgufType type = Enum.Parse<GgufType>(request.Type, ignoreCase: true);
        GgufExport.Write(request.ModelFolder, tokenizer, request.Output, new GgufExportOptions
        {
            Type = type,
            Name = request.Name,
            EndToken = request.EndToken,
            ChatTemplate = request.ChatTemplate,
        });
        TransformerConfig config = TransformerConfig.Load(ModelFolders.ConfigOf(request.ModelFolder));
        return new ExportReport(GgufExport.FindDifferences(tokenizer))
        {
            OtherTypes = GgufExport.FindTensors(config, type).Where(tensor => tensor.Shape.Count > 1 && tensor.Type != type)
                .ToDictionary(tensor => tensor.Name, tensor => tensor.Type.ToString().ToLowerInvariant()),
        };
    }
}
