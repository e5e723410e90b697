using System.Text;

namespace Cs336.Transformer;

/// <summary>
/// The symbols that the relocations of a shared library name. Source: System V ABI, chapter 4, and its supplement for x86-64.
/// </summary>
internal static class ElfSymbols
{
    private const ulong StringTable = 5, SymbolTable = 6, Rela = 7, RelaSize = 8, StringTableSize = 10;
    private const ulong Rel = 17, PltRelaSize = 2, PltRela = 23, VersionOfSymbol = 0x6ffffff0;
    private const int RelaEntrySize = 24, SymbolSize = 24, VersionMask = 0x7fff;
    private const int FirstNamedVersion = 2, GlobalBinding = 1;

    /// <summary>The places, in the table of symbols, of those that a relocation names.</summary>
    /// <exception cref="BadImageFormatException">The file is not sound.</exception>
    public static IReadOnlyCollection<uint> InRelocations(ElfImage image)
    {
        if (image.Dynamic(Rel) is not null)
            throw new BadImageFormatException("it has relocations without addends, which no 64-bit x86 or ARM library has");
        var symbols = new HashSet<uint>();
        Collect(image, Rela, RelaSize, symbols);
        Collect(image, PltRela, PltRelaSize, symbols);
        return symbols;
    }

    /// <summary>The names of those symbols that another library must have and that belong to no symbol version.</summary>
    /// <exception cref="BadImageFormatException">The file is not sound.</exception>
    public static IReadOnlyList<string> Needed(ElfImage image)
    {
        ReadOnlySpan<byte> names = Names(image);
        ReadOnlySpan<byte> table = image.FromAddress(image.RequiredDynamic(SymbolTable, "DT_SYMTAB"), "the symbols");
        ReadOnlySpan<byte> versions = image.FromAddress(image.RequiredDynamic(VersionOfSymbol, "DT_VERSYM"), "the versions of symbols");
        var needed = new List<string>();
        foreach (uint symbol in InRelocations(image))
        {
            if ((symbol + 1L) * SymbolSize > table.Length || (symbol + 1L) * 2 > versions.Length)
                throw new BadImageFormatException($"a relocation names symbol {symbol}, which is not there");
            ReadOnlySpan<byte> entry = table.Slice((int)symbol * SymbolSize, SymbolSize);
            bool isDefinedHere = ElfImage.U16(entry, 6) != 0;
            if (isDefinedHere || entry[4] >> 4 != GlobalBinding) continue;
            if ((ElfImage.U16(versions, (int)symbol * 2) & VersionMask) >= FirstNamedVersion) continue;
            needed.Add(Name(names, ElfImage.U32(entry, 0), "symbol"));
        }
        return needed;
    }

    /// <summary>The table of strings that names lie in.</summary>
    public static ReadOnlySpan<byte> Names(ElfImage image) => image.Table(
        image.RequiredDynamic(StringTable, "DT_STRTAB"), image.RequiredDynamic(StringTableSize, "DT_STRSZ"), "the string table");

    /// <summary>A name of that table.</summary>
    /// <param name="names">What <see cref="Names"/> gave.</param>
    /// <param name="at">Where in it the name begins.</param>
    /// <param name="what">What is called so, for the message.</param>
    public static string Name(ReadOnlySpan<byte> names, uint at, string what)
    {
        int length = at < names.Length ? names[(int)at..].IndexOf((byte)0) : -1;
        return length > 0
            ? Encoding.ASCII.GetString(names.Slice((int)at, length))
            : throw new BadImageFormatException($"a {what}'s name is said to be at {at} of the string table, which holds none there");
    }

    private static void Collect(ElfImage image, ulong addressTag, ulong sizeTag, HashSet<uint> symbols)
    {
        if (image.Dynamic(addressTag) is not { } address) return;
        ReadOnlySpan<byte> relocations = image.Table(address, image.RequiredDynamic(sizeTag, "size of relocations"), "the relocations");
        for (int at = 0; at + RelaEntrySize <= relocations.Length; at += RelaEntrySize)
        {
            uint symbol = ElfImage.U32(relocations, at + 12);
            if (symbol != 0) symbols.Add(symbol);
        }
    }
}
