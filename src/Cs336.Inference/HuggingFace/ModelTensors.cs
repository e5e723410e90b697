namespace Cs336.Inference;

/// <summary>The tensors of a model by our names, wherever they lie, and writing them under whatever names.</summary>
/// <param name="config">The model's shape.</param>
/// <param name="tensors">By our names, as <see cref="TransformerTensors.AddProblems"/> wants them.</param>
internal sealed class ModelTensors(
    TransformerConfig config, IReadOnlyDictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> tensors)
{
    /// <summary>The tensor that is called so here.</summary>
    public SafetensorsEntry Find(string name) => tensors[name].Entry;

    /// <summary>Writes the elements of one tensor.</summary>
    /// <param name="name">Our name of it.</param>
    /// <param name="type">What they become.</param>
    /// <param name="copier">What copies them.</param>
    /// <param name="destination">Receives the bytes.</param>
    public void Copy(string name, SafetensorsType type, TensorCopier copier, Stream destination)
    {
        (SafetensorsFile file, SafetensorsEntry source) = tensors[name];
        copier.Copy(file, source, type, HuggingFaceTensors.IsRotated(name), destination);
    }

    /// <summary>What is wrong with them.</summary>
    /// <param name="told">What messages call a tensor.</param>
    public ProblemList FindProblems(Func<string, string> told)
    {
        ProblemList problems = new();
        IEnumerable<SafetensorsEntry> entries =
            tensors.Select(tensor => new SafetensorsEntry(tensor.Key, tensor.Value.Entry.Type, tensor.Value.Entry.Shape));
        TransformerTensors.AddProblems(config, entries, problems, told, allowInt8: false);
        return problems;
    }

    /// <summary>Writes a safetensors file.</summary>
    /// <param name="destination">Receives the bytes.</param>
    /// <param name="nameOf">A tensor's name there.</param>
    /// <param name="type">What all elements become; null for what they are.</param>
    /// <param name="order">What becomes of the rows that are rotated.</param>
    public void Write(Stream destination, Func<string, string> nameOf, SafetensorsType? type, RotaryOrder order)
    {
        string[] names = [.. TransformerTensors.Of(config).Select(tensor => tensor.Name)];
        SafetensorsEntry[] entries = [.. names.Select(name =>
            new SafetensorsEntry(nameOf(name), type ?? tensors[name].Entry.Type, tensors[name].Entry.Shape))];
        TensorCopier copier = new(order, config.HeadSize);
        int next = 0; // the tensors are asked for in their order
        SafetensorsWriter.Write(destination, entries, (entry, stream) => Copy(names[next++], entry.Type, copier, stream));
    }
}
