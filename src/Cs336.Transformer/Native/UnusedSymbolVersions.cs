using System.Buffers.Binary;

namespace Cs336.Transformer;

/// <summary>
/// Finds the symbol versions that a shared library asks of other libraries although none of its relocations
/// uses them, and marks them weak, so that a system whose libraries lack them can load it.
/// </summary>
/// <remarks>
/// A library lists in its "version needs" every version that a symbol it mentions belongs to. The dynamic loader
/// refuses a library whose needs are not all met, even where a symbol is mentioned and never looked up, as
/// GCC 13's <c>#include &lt;iostream&gt;</c> does with <c>std::ios_base_library_init</c> of GLIBCXX_3.4.32. The
/// flag VER_FLG_WEAK tells the loader not to insist. A version that a relocation uses stays required: to
/// weaken it would turn a clear refusal into a crash later.
/// Source: the GNU extensions in the Linux Standard Base, "Symbol Versioning".
/// </remarks>
internal static class UnusedSymbolVersions
{
    private const ulong VersionOfSymbol = 0x6ffffff0, VersionNeeds = 0x6ffffffe;
    private const int NeedSize = 16, AuxiliarySize = 16;
    private const int MaximumVersions = 0x7fff;
    private const ushort WeakFlag = 2;

    /// <summary>Marks the unused versions weak in the file's bytes and returns their names, such as GLIBCXX_3.4.32.</summary>
    /// <exception cref="BadImageFormatException">The bytes are not a sound ELF library; they are left untouched.</exception>
    public static IReadOnlyList<string> Weaken(Span<byte> file)
    {
        List<(string Name, int FlagsOffset, ushort Flags)> unused = Find(new ElfImage(file));
        foreach ((_, int offset, ushort flags) in unused)
            BinaryPrimitives.WriteUInt16LittleEndian(file[offset..], (ushort)(flags | WeakFlag));
        return [.. unused.Select(version => version.Name)];
    }

    private static List<(string Name, int FlagsOffset, ushort Flags)> Find(ElfImage image)
    {
        var unused = new List<(string, int, ushort)>();
        if (image.Dynamic(VersionNeeds) is not { } needsAddress) return unused;
        bool[] used = FindUsedVersions(image);
        ReadOnlySpan<byte> names = ElfSymbols.Names(image);
        ReadOnlySpan<byte> needs = image.FromAddress(needsAddress, "the version needs", out int needsOffset);
        int seen = 0;
        for (long need = 0; ;)
        {
            ReadOnlySpan<byte> entry = Entry(needs, need, NeedSize);
            int count = ElfImage.U16(entry, 2);
            long auxiliary = need + ElfImage.U32(entry, 8);
            for (int i = 0; i < count; i++)
            {
                if (++seen > MaximumVersions) throw new BadImageFormatException($"it lists more than {MaximumVersions} version needs");
                ReadOnlySpan<byte> version = Entry(needs, auxiliary, AuxiliarySize);
                ushort flags = ElfImage.U16(version, 4);
                int index = ElfImage.U16(version, 6) & MaximumVersions;
                if (!used[index] && (flags & WeakFlag) == 0)
                    unused.Add((ElfSymbols.Name(names, ElfImage.U32(version, 8), "version"), (int)(needsOffset + auxiliary + 4), flags));
                auxiliary += ElfImage.U32(version, 12);
            }
            uint next = ElfImage.U32(entry, 12);
            if (next == 0) return unused;
            if (++seen > MaximumVersions) throw new BadImageFormatException($"it lists more than {MaximumVersions} version needs");
            need += next;
        }
    }

    /// <summary>For each version index, whether a relocation names a symbol of that version.</summary>
    private static bool[] FindUsedVersions(ElfImage image)
    {
        bool[] used = new bool[MaximumVersions + 1];
        ReadOnlySpan<byte> versions = image.FromAddress(
            image.RequiredDynamic(VersionOfSymbol, "DT_VERSYM"), "the versions of symbols");
        foreach (uint symbol in ElfSymbols.InRelocations(image))
        {
            long place = symbol * 2L;
            if (place + 2 > versions.Length) throw new BadImageFormatException($"a relocation names symbol {symbol}, which has no version");
            used[ElfImage.U16(versions, (int)place) & MaximumVersions] = true;
        }
        return used;
    }

    private static ReadOnlySpan<byte> Entry(ReadOnlySpan<byte> table, long at, int size) =>
        at + size <= table.Length ? table.Slice((int)at, size) : throw ElfImage.CutShort("the version needs");
}
