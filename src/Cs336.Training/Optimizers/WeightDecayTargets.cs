namespace Cs336.Training;

/// <summary>Which parameters weight decay pulls towards zero.</summary>
public enum WeightDecayTargets
{
    /// <summary>All of them, as in the course and in PyTorch's default, except scales of skip connections, which never decay.</summary>
    All,

    /// <summary>Matrices alone, embeddings among them: norms' gains keep their scale.</summary>
    Matrices,

    /// <summary>
    /// Matrices except <c>token_embeddings</c> and <c>value_embeddings</c>: a rare token's vector is not forgotten between its occurrences.
    /// </summary>
    MatricesButEmbeddings,
}
