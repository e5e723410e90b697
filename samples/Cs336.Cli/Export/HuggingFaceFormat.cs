using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>A folder that Hugging Face's transformers loads.</summary>
internal sealed class HuggingFaceFormat : IExportFormat
{
    public string Name => "hf";

    public string Description => "a folder of Hugging Face's transformers";

    public IReadOnlyList<string> Types => ["f32", "f16", "bf16"];

    public IReadOnlyList<string> FindProblems(TransformerConfig config, BpeModel? tokenizer) => HuggingFaceFolder.FindProblems(config);

    public ExportReport Write(ExportRequest request)
    {
        if (request.Name is not null) throw new UsageException("A folder of transformers bears no name, so that --name would not be used.");
        HuggingFaceFolder.Export(
            TransformerConfig.Load(ModelFolders.ConfigOf(request.ModelFolder)), ModelFolders.WeightsOf(request.ModelFolder), request.Output,
            request.Tokenizer,
            new HuggingFaceExportOptions
            {
                Type = Enum.Parse<SafetensorsType>(request.Type, ignoreCase: true),
                EndToken = request.EndToken,
                ChatTemplate = request.ChatTemplate,
            });
        return request.Tokenizer is null
            ? new ExportReport("There is no tokenizer beside the model: the folder has none either.") : new ExportReport();
    }
}
