using System.Runtime.InteropServices;
using System.Text;

namespace Cs336.Transformer.Tests;

public class EmptyLibraryTests
{
    [GlibcFact]
    public void Once_it_is_loaded_the_system_gives_it_to_whoever_asks_for_its_name()
    {
        const string Name = "cs336_empty_library_of_a_test.so";
        Assert.False(NativeLibrary.TryLoad(Name, out _));
        nint loaded = PrivateLibraryCopy.Load(EmptyLibrary.Build(Name, RuntimeInformation.ProcessArchitecture), Name);
        Assert.True(NativeLibrary.TryLoad(Name, out nint found));
        Assert.Equal(loaded, found);
        Assert.False(NativeLibrary.TryGetExport(found, "main", out _));
    }

    [Theory]
    [InlineData(Architecture.X64, 62)]
    [InlineData(Architecture.Arm64, 183)]
    public void It_is_for_its_processor_and_has_its_name(Architecture architecture, int machine)
    {
        byte[] file = EmptyLibrary.Build("name.so", architecture);
        Assert.Equal(machine, ElfImage.U16(file, 18));
        var image = new ElfImage(file);
        ReadOnlySpan<byte> names = ElfSymbols.Names(image);
        Assert.Equal("name.so", ElfSymbols.Name(names, (uint)image.RequiredDynamic(14, "DT_SONAME"), "library"));
        Assert.Equal("\0name.so\0", Encoding.ASCII.GetString(names));
        Assert.Empty(ElfSymbols.InRelocations(image));
    }
}
