using System.Text;
using System.Text.RegularExpressions;

namespace Packages.Tests.Readmes;

/// <summary>One C# example of a package's README, which becomes a program that references that package.</summary>
/// <param name="Id">The package.</param>
/// <param name="Number">From 1.</param>
/// <param name="Code">As it stands in the README.</param>
internal sealed partial record ReadmeProgram(string Id, int Number, string Code)
{
    public string Name => $"{Id}.{Number}";

    /// <summary>The examples of a README that lies in a package.</summary>
    public static IEnumerable<ReadmeProgram> Of(PackedPackage package) =>
        In(Encoding.UTF8.GetString(package.Read("README.md"))).Select((code, index) => new ReadmeProgram(package.Id, index + 1, code));

    public static IEnumerable<string> In(string page) => Examples().Matches(page).Select(match => match.Groups["code"].Value);

    /// <summary>A project for a program over packages alone.</summary>
    /// <param name="references">Names and versions.</param>
    public static string Project(params IEnumerable<string> references) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <!-- TorchSharp asks for versions that not every registry has. -->
            <NoWarn>$(NoWarn);NU1603</NoWarn>
            <InvariantGlobalization>true</InvariantGlobalization>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
          </PropertyGroup>
          <ItemGroup>
        {string.Join('\n', references.Select(reference => reference.Split(' ')).Select(Reference))}
          </ItemGroup>
        </Project>
        """;

    private static string Reference(string[] words) => $"    <PackageReference Include=\"{words[0]}\" Version=\"{words[1]}\" />";

    [GeneratedRegex("^```csharp\r?\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Examples();
}
