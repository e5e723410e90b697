namespace Cs336.Data;

/// <summary>What a file holds documents in.</summary>
internal enum DocumentKind
{
    Text,
    JsonLines,
    Parquet,
}
