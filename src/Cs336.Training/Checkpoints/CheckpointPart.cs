namespace Cs336.Training;

/// <summary>One part of a checkpoint that is being saved.</summary>
/// <param name="Name">A plain file name, unique within the checkpoint, such as <c>model.safetensors</c>.</param>
/// <param name="WriteTo">Writes the content to a stream that need not seek.</param>
public sealed record CheckpointPart(string Name, Action<Stream> WriteTo);
