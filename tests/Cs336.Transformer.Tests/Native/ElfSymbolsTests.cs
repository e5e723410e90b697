namespace Cs336.Transformer.Tests;

public class ElfSymbolsTests
{
    [GlibcFact]
    public void The_symbols_needed_are_the_functions_of_libtorch_and_no_other_librarys()
    {
        IReadOnlyList<string> needed = ElfSymbols.Needed(new ElfImage(NativeFiles.Read("LibTorchSharp")));
        Assert.Equal(needed.Count, needed.Distinct().Count());
        Assert.Contains("_ZN2at13globalContextEv", needed);
        Assert.Contains("_ZN2at4_ops10add_Tensor4callERKNS_6TensorES4_RKN3c106ScalarE", needed);
        // Of libstdc++ and libc, whose symbols have versions, and one that the library itself defines.
        Assert.DoesNotContain("_ZNSo3putEc", needed);
        Assert.DoesNotContain("malloc", needed);
        Assert.DoesNotContain("THSAutograd_grad", needed);
    }

    [GlibcFact]
    public void A_library_cut_short_is_refused()
    {
        byte[] library = NativeFiles.Read("LibTorchSharp");
        for (int length = 0; length < library.Length; length += length < 64 ? 1 : 9973)
        {
            byte[] cut = library[..length];
            // What lies behind the tables is not read.
            if (length > 0x1d4b18 + 0x270) Assert.NotEmpty(ElfSymbols.Needed(new ElfImage(cut)));
            else Assert.Throws<BadImageFormatException>(() => ElfSymbols.Needed(new ElfImage(cut)));
        }
    }
}
