namespace Cs336.Training;

/// <summary>One file of a checkpoint that is being saved.</summary>
/// <param name="Name">A plain file name, unique within the checkpoint, such as <c>model.safetensors</c>.</param>
/// <param name="WriteTo">Writes the content to a stream that need not seek.</param>
public sealed record CheckpointFile(string Name, Action<Stream> WriteTo);
