using System.Text;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// Models as folders of Hugging Face's transformers. A model with RMSNorm before its sublayers, SwiGLU and rotary positions is LLaMA's
/// architecture: it is written as one that <c>LlamaForCausalLM</c> loads, or with windows, biases or norms of queries and keys
/// <c>MistralForCausalLM</c>, <c>Qwen2ForCausalLM</c> or <c>Qwen3ForCausalLM</c>; and such ones are read.
/// </summary>
public static class HuggingFaceFolder
{
    private const string TokenizerName = "tokenizer.json";

    /// <summary>
    /// Everything about a model that no architecture of LLaMA's family has, one sentence each; empty where it can be exported.
    /// </summary>
    public static IReadOnlyList<string> FindProblems(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return
        [
            .. config.FindProblems(), .. LlamaFamily.FindProblems(config).Select(problem => problem + "."),
            .. HuggingFaceArchitecture.FindProblems(config),
        ];
    }

    /// <summary>
    /// Whether a folder holds a model of transformers, of whatever architecture: its <c>config.json</c> has a model_type.
    /// </summary>
    public static bool IsOne(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return HuggingFaceConfigReader.IsOne(Path.Combine(directory, RunFiles.Config));
    }

    /// <summary>
    /// Writes a model as a folder that transformers loads: <c>config.json</c>, <c>generation_config.json</c>, <c>model.safetensors</c> and,
    /// where there is a tokenizer, <c>tokenizer.json</c> and <c>tokenizer_config.json</c>. Tensors are copied in a constant amount of
    /// memory. Until all files are whole and on the disk the folder has no <c>config.json</c>, without which nothing loads it.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weightsPath">Its weights, a safetensors file with the course's names.</param>
    /// <param name="directory">The folder, which does not exist or is empty.</param>
    /// <param name="tokenizer">The model's tokenizer; null for none.</param>
    /// <param name="options">Type, end of text and so on; null for the defaults.</param>
    /// <exception cref="ArgumentException">The model has no such architecture, or the tokenizer is not its own; the message lists every
    /// problem at once, and nothing was written.</exception>
    /// <exception cref="FileNotFoundException">There is no such file of weights.</exception>
    /// <exception cref="InvalidDataException">The weights are damaged, of another model or of integers, or a number is too large for the
    /// type.</exception>
    /// <exception cref="IOException">The folder is not empty, or the disk is full or failed.</exception>
    public static void Export(
        TransformerConfig config, string weightsPath, string directory, BpeModel? tokenizer = null,
        HuggingFaceExportOptions? options = null)
    {
        options ??= new HuggingFaceExportOptions();
        ArgumentException.ThrowIfNullOrEmpty(weightsPath);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        List<string> problems = [.. FindProblems(config)];
        if (options.Type is not (SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16))
            problems.Add($"type is {options.Type}, but must be F32, F16 or BF16.");
        if (tokenizer is not null && tokenizer.VocabSize > config.VocabSize)
            problems.Add(
                $"The tokenizer has {tokenizer.VocabSize} tokens, but the model's vocab_size is {config.VocabSize}: it is another's.");
        TextEnds ends = TextEnds.Of(tokenizer, options.EndToken, options.EndToken is null ? null : problems);
        if (tokenizer is null && options.ChatTemplate is not null)
            problems.Add("A chat template is kept with the tokenizer, and there is none.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        using WeightFiles files = WeightFiles.Open(weightsPath);
        ModelTensors tensors = new(config, files.Tensors);
        Refuse(tensors.FindProblems(name => name), files.Path);

        using ModelFolderWriter folder = new(directory);
        tensors.Write(folder.Create(RunFiles.Weights), HuggingFaceTensors.ToTheirs, options.Type, RotaryOrder.PairsToHalves);
        HuggingFaceConfigWriter.WriteGeneration(ends, folder.Create("generation_config.json"));
        if (tokenizer is not null)
        {
            WriteTokenizer(tokenizer, folder.Create(TokenizerName));
            HuggingFaceConfigWriter.WriteTokenizer(config, ends, options.ChatTemplate, folder.Create("tokenizer_config.json"));
        }
        HuggingFaceConfigWriter.WriteConfig(config, options.Type, ends, folder.Create(RunFiles.Config));
        folder.Commit();
    }

    /// <summary>Reads the <c>config.json</c> of a model of transformers.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or describes what is not supported: another architecture or
    /// activation, other biases, another way to scale positions, windows in some layers only. All of it is told at once.</exception>
    public static TransformerConfig ReadConfig(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return HuggingFaceConfigReader.Read(path);
    }

    /// <summary>
    /// Makes a folder that <see cref="CpuLanguageModel"/> loads of a model of transformers: its weights in one file or in several with an
    /// index, in F32, F16 or BF16, which they stay. Nothing is written before everything is checked, and <c>config.json</c> comes last.
    /// </summary>
    /// <param name="directory">The model's folder.</param>
    /// <param name="output">The folder to write, which does not exist or is empty.</param>
    /// <param name="tokenizer">The model's tokenizer, to lie beside it; null for none.</param>
    /// <returns>The model's shape.</returns>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or describes what is not supported, or they do not belong
    /// together.</exception>
    /// <exception cref="IOException">The folder to write is not empty, or the disk is full or failed.</exception>
    public static TransformerConfig Import(string directory, string output, BpeModel? tokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentException.ThrowIfNullOrEmpty(output);
        TransformerConfig config = HuggingFaceConfigReader.Read(Path.Combine(directory, RunFiles.Config));
        using WeightFiles files = WeightFiles.OpenFolder(directory);
        Write(config, TensorsOf(config, files), RotaryOrder.HalvesToPairs, output, tokenizer);
        return config;
    }

    /// <summary>The tensors of a model of transformers by our names, checked to be all that it has.</summary>
    /// <exception cref="InvalidDataException">They are not those of the configuration.</exception>
    internal static ModelTensors TensorsOf(TransformerConfig config, WeightFiles files)
    {
        Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> ours = [];
        List<string> unknown = [];
        foreach ((string name, (SafetensorsFile File, SafetensorsEntry Entry) tensor) in files.Tensors)
        {
            if (HuggingFaceTensors.ToOurs(name) is string own) ours.Add(own, tensor);
            else if (!HuggingFaceTensors.IsDerived(name)) unknown.Add(name);
        }
        bool headIsTwice = config.TiedEmbeddings && ours.Remove(TransformerTensors.Head, out var head)
            && ours.TryGetValue(TransformerTensors.Embeddings, out var embeddings) && !TensorCopier.AreSame(head, embeddings);
        ModelTensors tensors = new(config, ours);
        ProblemList problems = tensors.FindProblems(HuggingFaceTensors.ToTheirs);
        foreach (string name in unknown) problems.Add($"{SafetensorsEntry.Cut(name)} is unknown");
        if (headIsTwice) problems.Add("tie_word_embeddings is true, but lm_head.weight is not model.embed_tokens.weight");
        Refuse(problems, files.Path);
        return tensors;
    }

    /// <summary>Writes a folder with the course's names.</summary>
    internal static void Write(TransformerConfig config, ModelTensors tensors, RotaryOrder order, string output, BpeModel? tokenizer)
    {
        using ModelFolderWriter folder = new(output);
        tensors.Write(folder.Create(RunFiles.Weights), name => name, type: null, order);
        tokenizer?.Save(output);
        folder.Create(RunFiles.Config).Write(Encoding.UTF8.GetBytes(config.ToJson()));
        folder.Commit();
    }

    internal static void Refuse(ProblemList problems, string path)
    {
        if (problems.Count > 0)
            throw new InvalidDataException(
                $"The tensors of {path} are not those of the model: {problems}. Do they belong to this configuration?");
    }

    /// <summary>The one file of the three that a tokenizer is saved as that transformers needs.</summary>
    private static void WriteTokenizer(BpeModel tokenizer, Stream destination)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("cs336-");
        try
        {
            tokenizer.Save(scratch.FullName);
            using FileStream file = File.OpenRead(Path.Combine(scratch.FullName, TokenizerName));
            file.CopyTo(destination);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
