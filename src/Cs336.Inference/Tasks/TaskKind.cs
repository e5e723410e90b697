namespace Cs336.Inference;

/// <summary>What the questions of a task ask.</summary>
public enum TaskKind
{
    /// <summary>Which of several texts goes on from the context.</summary>
    MultipleChoice,

    /// <summary>The one text that goes on from the context, such as a passage's last word.</summary>
    Cloze,
}
