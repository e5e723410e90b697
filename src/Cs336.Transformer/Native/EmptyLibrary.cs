using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Transformer;

/// <summary>
/// A shared library for Linux with a name and nothing in it. Where one is loaded, the dynamic loader gives it to whoever asks for
/// that name, and looks for no file. Source: System V ABI, chapters 4 and 5.
/// </summary>
internal static class EmptyLibrary
{
    private const int HeaderSize = 64, ProgramHeaderSize = 56, SymbolSize = 24, DynamicEntrySize = 16;
    private const uint Readable = 4, Writable = 2, LoadSegment = 1, DynamicSegment = 2, StackSegment = 0x6474e551;
    private const ulong HashTable = 4, StringTable = 5, SymbolTable = 6, StringTableSize = 10, SymbolEntrySize = 11, SharedName = 14;

    // A multiple of each page size that Linux has on these processors.
    private const ulong Alignment = 0x10000;

    /// <summary>The bytes of the library's file.</summary>
    /// <param name="name">What it is called for those that ask for it (its SONAME).</param>
    /// <param name="architecture">The processor that it is for: x64 or ARM64.</param>
    public static byte[] Build(string name, Architecture architecture)
    {
        byte[] names = [0, .. Encoding.ASCII.GetBytes(name), 0];
        const int Headers = HeaderSize + 3 * ProgramHeaderSize, Symbols = (Headers + 7) / 8 * 8;
        const int Hash = Symbols + SymbolSize, Dynamic = Hash + 16;
        (ulong Tag, ulong Value)[] entries =
        [
            (SharedName, 1), (StringTable, Dynamic + 7 * DynamicEntrySize), (StringTableSize, (ulong)names.Length),
            (SymbolTable, Symbols), (SymbolEntrySize, SymbolSize), (HashTable, Hash), (0, 0),
        ];
        int dynamicSize = entries.Length * DynamicEntrySize;
        byte[] file = new byte[Dynamic + dynamicSize + names.Length];

        // 64-bit, little-endian, version 1; a shared object; no entry point and no sections.
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        U16(file, 16, 3);
        U16(file, 18, architecture == Architecture.Arm64 ? 183 : 62);
        U16(file, 20, 1);
        U64(file, 32, HeaderSize);
        U16(file, 52, HeaderSize);
        U16(file, 54, ProgramHeaderSize);
        U16(file, 56, 3);

        // Writable, because the loader turns the addresses of the dynamic table into those in memory where they stand.
        Segment(file, 0, LoadSegment, 0, (ulong)file.Length, Alignment);
        Segment(file, 1, DynamicSegment, Dynamic, (ulong)dynamicSize, 8);
        // Without this one the loader would make the stack executable.
        Segment(file, 2, StackSegment, 0, 0, 16);

        // A table of symbols always begins with an empty one; the hash table has one empty bucket and a chain for that symbol.
        U16(file, Hash, 1);
        U16(file, Hash + 4, 1);
        for (int i = 0; i < entries.Length; i++)
        {
            U64(file, Dynamic + i * DynamicEntrySize, entries[i].Tag);
            U64(file, Dynamic + i * DynamicEntrySize + 8, entries[i].Value);
        }
        names.CopyTo(file, Dynamic + dynamicSize);
        return file;
    }

    private static void Segment(byte[] file, int index, uint type, ulong start, ulong size, ulong alignment)
    {
        int at = HeaderSize + index * ProgramHeaderSize;
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), type);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 4), Readable | Writable);
        // Its place in the file, its virtual and its physical address, its size in the file and in memory, and its alignment.
        ReadOnlySpan<ulong> fields = [start, start, start, size, size, alignment];
        for (int i = 0; i < fields.Length; i++) U64(file, at + 8 + 8 * i, fields[i]);
    }

    private static void U16(byte[] file, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)value);

    private static void U64(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
