namespace Cs336.Inference;

/// <summary>What a path with a model is.</summary>
public enum ModelFormat
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>The folder of a run, whose newest checkpoint is meant.</summary>
    Run,

    /// <summary>A folder with <c>config.json</c> and <c>model.safetensors</c> with the course's names, such as a checkpoint's.</summary>
    Folder,

    /// <summary>The folder of a model of Hugging Face's transformers.</summary>
    HuggingFace,

    /// <summary>A GGUF file.</summary>
    Gguf,

    /// <summary>A file with tensors alone.</summary>
    Safetensors,

    /// <summary>A file of <c>Module.save</c> in TorchSharp, with tensors alone; known by the end of its name, <c>.dat</c>.</summary>
    TorchSharp,
}
