using System.Runtime.CompilerServices;

namespace Cs336.Distributed;

/// <summary>What NCCL's ranks find each other by: made on rank 0, and handed to all by other means.</summary>
[InlineArray(Length)]
internal struct NcclId
{
    public const int Length = 128;
    private byte _first;
}
