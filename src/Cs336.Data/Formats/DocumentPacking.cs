namespace Cs336.Data;

/// <summary>What a file is packed by.</summary>
internal enum DocumentPacking
{
    None,
    Gzip,
    Zstd,
}
