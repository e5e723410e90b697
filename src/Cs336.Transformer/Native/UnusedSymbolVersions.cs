using System.Buffers.Binary;
using System.Text;

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
    private const ulong StringTable = 5, Rela = 7, RelaSize = 8, StringTableSize = 10;
    private const ulong Rel = 17, PltRelaSize = 2, PltRela = 23;
    private const ulong VersionOfSymbol = 0x6ffffff0, VersionNeeds = 0x6ffffffe;
    private const int RelaEntrySize = 24, NeedSize = 16, AuxiliarySize = 16;
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
        if (image.Dynamic(Rel) is not null)
            throw new BadImageFormatException("it has relocations without addends, which no 64-bit x86 library has");

        bool[] used = FindUsedVersions(image);
        ReadOnlySpan<byte> names = image.Table(
            image.RequiredDynamic(StringTable, "DT_STRTAB"), image.RequiredDynamic(StringTableSize, "DT_STRSZ"), "the string table");
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
                    unused.Add((Name(names, ElfImage.U32(version, 8)), (int)(needsOffset + auxiliary + 4), flags));
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
        MarkUsed(image, Rela, RelaSize, versions, used);
        MarkUsed(image, PltRela, PltRelaSize, versions, used);
        return used;
    }

    private static void MarkUsed(ElfImage image, ulong addressTag, ulong sizeTag, ReadOnlySpan<byte> versions, bool[] used)
    {
        if (image.Dynamic(addressTag) is not { } address) return;
        ReadOnlySpan<byte> relocations = image.Table(address, image.RequiredDynamic(sizeTag, "size of relocations"), "the relocations");
        for (int at = 0; at + RelaEntrySize <= relocations.Length; at += RelaEntrySize)
        {
            uint symbol = ElfImage.U32(relocations, at + 12);
            if (symbol == 0) continue;
            long place = symbol * 2L;
            if (place + 2 > versions.Length) throw new BadImageFormatException($"a relocation names symbol {symbol}, which has no version");
            used[ElfImage.U16(versions, (int)place) & MaximumVersions] = true;
        }
    }

    private static ReadOnlySpan<byte> Entry(ReadOnlySpan<byte> table, long at, int size) =>
        at + size <= table.Length ? table.Slice((int)at, size) : throw ElfImage.CutShort("the version needs");

    private static string Name(ReadOnlySpan<byte> names, uint at)
    {
        int length = at < names.Length ? names[(int)at..].IndexOf((byte)0) : -1;
        return length > 0
            ? Encoding.ASCII.GetString(names.Slice((int)at, length))
            : throw new BadImageFormatException($"a version's name is said to be at {at} of the string table, which holds none there");
    }
}
