using System.Text;

namespace Packages.Tests;

/// <summary>Two builds of one commit, in two folders.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ReproducibilityTests(PackedFeed feed)
{
#if !DEBUG // what is built for a debugger names the sources' folder
    [RegistryFact]
    public void The_assemblies_in_the_packages_are_equal_byte_by_byte_to_those_built_in_another_folder()
    {
        foreach (PackedPackage package in feed.Libraries)
        {
            string built = Path.Combine(RepositoryRoot.Path, "src", package.Id, "bin", "Release", "net10.0", package.Id + ".dll");
            byte[] packed = package.Read($"lib/net10.0/{package.Id}.dll"), ours = File.ReadAllBytes(built);
            Assert.True(packed.Length == ours.Length && (HasSeveralLogs(package.Id) || packed.AsSpan().SequenceEqual(ours)),
                $"{package.Id}.dll differs from {built}: build again, and see what of the folder, the time or the machine goes into it.");
        }
    }

    // Microsoft's generator of log methods writes several classes in an order of chance: the same code, in another place.
    private static bool HasSeveralLogs(string id)
    {
        string source = Path.Combine(RepositoryRoot.Path, "src"), project = File.ReadAllText(Path.Combine(source, id, id + ".csproj"));
        IEnumerable<string> compiledIn = Directory.EnumerateDirectories(Path.Combine(source, "Shared"))
            .Where(folder => project.Contains($"../Shared/{Path.GetFileName(folder)}/", StringComparison.Ordinal));
        return compiledIn.Prepend(Path.Combine(source, id))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Count(file => File.ReadAllText(file).Contains("[LoggerMessage(", StringComparison.Ordinal)) > 1;
    }
#endif

    [RegistryFact]
    public void No_file_in_a_package_names_a_folder_of_the_machine()
    {
        foreach (PackedPackage package in feed.Packages)
        {
            foreach (string file in package.Files)
            {
                byte[] bytes = package.Read(file);
                foreach (Encoding encoding in (Encoding[])[Encoding.UTF8, Encoding.Unicode])
                {
                    int at = bytes.AsSpan().IndexOf(encoding.GetBytes(feed.Repository));
                    Assert.True(at < 0, $"{file} of {package.Id} names {feed.Repository}.");
                }
            }
        }
    }
}
