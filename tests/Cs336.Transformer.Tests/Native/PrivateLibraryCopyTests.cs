using System.Runtime.InteropServices;

namespace Cs336.Transformer.Tests;

public class PrivateLibraryCopyTests
{
    // A small library of libtorch's that nothing has loaded.
    private static readonly byte[] Library = Glibc.IsPresent ? NativeFiles.Read("torch_global_deps") : [];

    [GlibcFact]
    public void A_library_loads_from_memory()
    {
        nint handle = PrivateLibraryCopy.LoadFromMemory(Library, "from-memory.so");
        Assert.Contains(File.ReadLines("/proc/self/maps"), line => line.Contains("/memfd:from-memory.so", StringComparison.Ordinal));
        NativeLibrary.Free(handle);
    }

    [GlibcFact]
    public void A_library_loads_from_a_temporary_file_that_is_gone_afterwards()
    {
        nint handle = PrivateLibraryCopy.LoadFromTemporaryFile(Library, "from-temporary-file.so");
        string mapping = File.ReadLines("/proc/self/maps").First(line => line.Contains("from-temporary-file.so", StringComparison.Ordinal));
        Assert.EndsWith(" (deleted)", mapping, StringComparison.Ordinal);
        string path = mapping[mapping.IndexOf('/')..].Replace(" (deleted)", "", StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine(Path.GetTempPath(), "cs336-native-"), path, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
        NativeLibrary.Free(handle);
    }

    [GlibcFact]
    public void Where_neither_way_works_the_error_gives_both_reasons_and_the_folder_to_open()
    {
        string message = Assert.Throws<DllNotFoundException>(() => PrivateLibraryCopy.Load("not a library"u8, "damaged.so")).Message;
        string folder = Path.TrimEndingDirectorySeparator(Path.GetTempPath());
        Assert.StartsWith("A corrected copy of damaged.so could be loaded neither from memory (", message, StringComparison.Ordinal);
        Assert.Contains($"): make {folder} writable and executable for this user, or set TMPDIR", message, StringComparison.Ordinal);
    }
}
