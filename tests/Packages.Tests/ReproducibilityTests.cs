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
            Assert.True(package.Read($"lib/net10.0/{package.Id}.dll").AsSpan().SequenceEqual(File.ReadAllBytes(built)),
                $"{package.Id}.dll differs from {built}: build again, and see what of the folder, the time or the machine goes into it.");
        }
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
