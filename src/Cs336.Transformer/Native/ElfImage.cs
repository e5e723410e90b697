using System.Buffers.Binary;

namespace Cs336.Transformer;

/// <summary>
/// The parts of a 64-bit little-endian ELF shared library that its dynamic loader reads: where each address of
/// the running library lies in the file, and the table of dynamic entries. Every read is checked against the
/// file's bounds. Source: System V ABI, chapters 4 and 5.
/// </summary>
internal readonly ref struct ElfImage
{
    private const int ProgramHeaderSize = 56, DynamicEntrySize = 16;
    private const uint LoadSegment = 1, DynamicSegment = 2;

    private readonly ReadOnlySpan<byte> _file;
    private readonly ReadOnlySpan<byte> _programHeaders;
    private readonly ReadOnlySpan<byte> _dynamicTable;

    /// <exception cref="BadImageFormatException">The file is no such library, or is cut short.</exception>
    public ElfImage(ReadOnlySpan<byte> file)
    {
        _file = file;
        ReadOnlySpan<byte> header = Slice(0, 64, "the ELF header");
        if (!header.StartsWith("\u007fELF"u8) || header[4] != 2 || header[5] != 1)
            throw new BadImageFormatException("it is not a 64-bit little-endian ELF file");
        int headerSize = U16(header, 54), headerCount = U16(header, 56);
        if (headerSize != ProgramHeaderSize)
            throw new BadImageFormatException($"its program headers are {headerSize} bytes each, expected {ProgramHeaderSize}");
        _programHeaders = Slice(U64(header, 32), (ulong)(headerCount * ProgramHeaderSize), "the program headers");
        _dynamicTable = FindDynamicTable();
    }

    /// <summary>The value of a dynamic entry (DT_*), or null where the library has none of that tag.</summary>
    public ulong? Dynamic(ulong tag)
    {
        for (int at = 0; at + DynamicEntrySize <= _dynamicTable.Length; at += DynamicEntrySize)
        {
            ulong found = U64(_dynamicTable, at);
            if (found == tag) return U64(_dynamicTable, at + 8);
            if (found == 0) break;
        }
        return null;
    }

    /// <summary>The value of a dynamic entry that the library must have.</summary>
    public ulong RequiredDynamic(ulong tag, string name) =>
        Dynamic(tag) ?? throw new BadImageFormatException($"its dynamic table has no {name}");

    /// <summary>The bytes of the file from an address of the loaded library to the end of that address's segment.</summary>
    public ReadOnlySpan<byte> FromAddress(ulong address, string what) => FromAddress(address, what, out _);

    /// <inheritdoc cref="FromAddress(ulong, string)"/>
    public ReadOnlySpan<byte> FromAddress(ulong address, string what, out int fileOffset)
    {
        for (int at = 0; at < _programHeaders.Length; at += ProgramHeaderSize)
        {
            ReadOnlySpan<byte> segment = _programHeaders[at..];
            ulong offset = U64(segment, 8), start = U64(segment, 16), size = U64(segment, 32);
            if (U32(segment, 0) != LoadSegment || address < start || address - start >= size) continue;
            ReadOnlySpan<byte> bytes = Slice(offset, size, what)[(int)(address - start)..];
            fileOffset = (int)(offset + (address - start));
            return bytes;
        }
        throw new BadImageFormatException($"{what} is said to be at address {address:x}, which no segment of the file holds");
    }

    /// <summary>The bytes of a table given by two dynamic entries: its address and its size in bytes.</summary>
    public ReadOnlySpan<byte> Table(ulong address, ulong size, string what)
    {
        ReadOnlySpan<byte> rest = FromAddress(address, what);
        return size <= (ulong)rest.Length ? rest[..(int)size] : throw CutShort(what);
    }

    public static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    public static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    public static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    public static BadImageFormatException CutShort(string what) => new($"{what} runs past the end of its segment or of the file");

    private ReadOnlySpan<byte> FindDynamicTable()
    {
        for (int at = 0; at < _programHeaders.Length; at += ProgramHeaderSize)
        {
            ReadOnlySpan<byte> segment = _programHeaders[at..];
            if (U32(segment, 0) == DynamicSegment) return Slice(U64(segment, 8), U64(segment, 32), "the dynamic table");
        }
        throw new BadImageFormatException("it has no dynamic table, so it is not a shared library");
    }

    private ReadOnlySpan<byte> Slice(ulong offset, ulong size, string what)
    {
        ulong length = (ulong)_file.Length;
        if (offset > length || size > length - offset) throw CutShort(what);
        return _file.Slice((int)offset, (int)size);
    }
}
