using System.Buffers.Binary;
using System.Text;

namespace Cs336.Transformer.Tests;

public class UnusedSymbolVersionsTests
{
    // Where the tables of TorchSharp 0.107.0's libLibTorchSharp.so for linux-x64 lie in the file (readelf -SW).
    private const int HeadersEnd = 0x40 + 10 * 56, Symbols = 0x3890, Versions = 0x3dfae, Needs = 0x3f8f0;
    private const int NeedsEnd = Needs + 0x210, Relocations = 0x48aa0, Dynamic = 0x1d4b18, DynamicEnd = Dynamic + 0x270;
    private const int FlagsOfGlibcxx3432 = Needs + 0x140 + 4;

    private static readonly byte[] Library = Glibc.IsPresent ? NativeFiles.Read("LibTorchSharp") : [];

    [GlibcFact]
    public void The_one_version_that_nothing_uses_is_marked_weak_and_no_other_byte_changes()
    {
        byte[] library = [.. Library];
        Assert.Equal(["GLIBCXX_3.4.32"], UnusedSymbolVersions.Weaken(library));
        int[] changed = [.. Enumerable.Range(0, library.Length).Where(i => library[i] != Library[i])];
        Assert.Equal([FlagsOfGlibcxx3432], changed);
        Assert.Equal(2, library[FlagsOfGlibcxx3432]);
    }

    [GlibcFact]
    public void A_library_already_weakened_stays_as_it_is()
    {
        byte[] library = [.. Library];
        UnusedSymbolVersions.Weaken(library);
        byte[] once = [.. library];
        Assert.Empty(UnusedSymbolVersions.Weaken(library));
        Assert.Equal(once, library);
    }

    [GlibcFact]
    public void A_version_that_a_relocation_uses_stays_required()
    {
        byte[] library = [.. Library];
        int symbol = IndexOfSymbolWithVersion(18);
        BinaryPrimitives.WriteInt32LittleEndian(library.AsSpan(Relocations + 12), symbol);
        byte[] before = [.. library];
        Assert.DoesNotContain("GLIBCXX_3.4.32", UnusedSymbolVersions.Weaken(library));
        Assert.Equal(before[FlagsOfGlibcxx3432], library[FlagsOfGlibcxx3432]);
    }

    [GlibcFact]
    public void Libtorch_itself_needs_no_help()
    {
        Assert.Empty(UnusedSymbolVersions.Weaken(NativeFiles.Read("c10")));
    }

    [GlibcFact]
    public void A_library_cut_short_anywhere_is_refused()
    {
        // The dynamic table lies behind all others, so that nothing can be found in a file cut before its end.
        int[] lengths = [.. Enumerable.Range(0, 128), HeadersEnd, Symbols, Versions, Needs, NeedsEnd, Relocations, Dynamic, DynamicEnd - 1];
        foreach (int length in lengths)
        {
            byte[] library = Library[..length];
            Assert.Throws<BadImageFormatException>(() => UnusedSymbolVersions.Weaken(library));
            Assert.Equal(Library[..length], library);
        }
    }

    [GlibcFact]
    public void A_library_with_any_byte_of_its_tables_damaged_is_refused_or_only_marked()
    {
        var random = new Random(336);
        int[] places = [.. Enumerable.Range(0, HeadersEnd), .. Enumerable.Range(Needs, NeedsEnd - Needs),
            .. Enumerable.Range(Dynamic, DynamicEnd - Dynamic), .. Enumerable.Range(0, 500).Select(_ => random.Next(Library.Length))];
        byte[] library = new byte[Library.Length], expected = [.. Library];
        foreach (int place in places)
        {
            expected[place] ^= (byte)(1 << random.Next(8));
            expected.CopyTo(library, 0);
            int marked = TryWeaken(library);
            Assert.InRange(CountDifferences(expected, library), 0, marked);
            expected[place] = Library[place];
        }
    }

    [Theory]
    [InlineData("", "the ELF header")]
    [InlineData("#!/bin/sh\n", "the ELF header")]
    public void A_file_that_is_too_short_is_refused(string content, string expected) =>
        Assert.Contains(expected, Refusal(Encoding.ASCII.GetBytes(content)), StringComparison.Ordinal);

    [Fact]
    public void A_file_of_another_kind_is_refused() =>
        Assert.Equal("it is not a 64-bit little-endian ELF file", Refusal(new byte[4096]));

    [GlibcFact]
    public void A_32_bit_library_is_refused()
    {
        byte[] library = [.. Library];
        library[4] = 1;
        Assert.Equal("it is not a 64-bit little-endian ELF file", Refusal(library));
    }

    private static string Refusal(byte[] file) =>
        Assert.Throws<BadImageFormatException>(() => UnusedSymbolVersions.Weaken(file)).Message;

    private static int TryWeaken(byte[] library)
    {
        try
        {
            return UnusedSymbolVersions.Weaken(library).Count;
        }
        catch (BadImageFormatException)
        {
            return 0;
        }
    }

    private static int CountDifferences(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int differences = 0, at = expected.CommonPrefixLength(actual);
        for (; at < expected.Length; at += 1 + expected[(at + 1)..].CommonPrefixLength(actual[(at + 1)..])) differences++;
        return differences;
    }

    private static int IndexOfSymbolWithVersion(int version)
    {
        int index = 0;
        while (BinaryPrimitives.ReadUInt16LittleEndian(Library.AsSpan(Versions + 2 * index)) != version) index++;
        return index;
    }
}
