using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Cs336.Testing;

/// <summary>
/// The reference of a package, docs/reference/PACKAGE.md: its public types and members as the assembly has them, with what their XML
/// comments say. For projects that reference Microsoft.CodeAnalysis.CSharp.
/// </summary>
internal sealed class ReferencePage
{
    /// <summary>When it is 1 the page is written, not compared.</summary>
    private const string Variable = "CS336_WRITE_REFERENCE";

    private static readonly SymbolDisplayFormat Names = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    /// <summary>Of members of interfaces, which have no modifiers that tell anything.</summary>
    private static readonly SymbolDisplayFormat PlainSignatures = Names
        .AddMemberOptions(SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue)
        .AddParameterOptions(SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeModifiers
            | SymbolDisplayParameterOptions.IncludeExtensionThis);

    private static readonly SymbolDisplayFormat Signatures = PlainSignatures.AddMemberOptions(SymbolDisplayMemberOptions.IncludeModifiers);

    private readonly string _package;
    private readonly IAssemblySymbol _assembly;
    private readonly XmlComments _comments;

    private ReferencePage(Assembly assembly)
    {
        _package = assembly.GetName().Name!;
        PortableExecutableReference package = MetadataReference.CreateFromFile(assembly.Location);
        string[] others = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)];
        CSharpCompilation compilation = CSharpCompilation.Create("Reference",
            references: [package, .. others.Except([assembly.Location]).Select(path => MetadataReference.CreateFromFile(path))]);
        _assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(package)!;
        _comments = new XmlComments(compilation, Path.GetDirectoryName(assembly.Location)!, _package);
    }

    /// <summary>Fails where the page in the repository is not what the assembly and its comments make.</summary>
    /// <param name="assembly">The package.</param>
    /// <param name="project">Whose test this is, from the repository's root.</param>
    public static void IsUpToDate(Assembly assembly, string project)
    {
        string command = $"{Variable}=1 dotnet test -c Release {project} --filter ReferencePageTests";
        ReferencePage page = new(assembly);
        string expected = page.Render(command), file = Path.Combine("docs", "reference", page._package + ".md");
        string path = Path.Combine(RepositoryRoot.Path, file);
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }
        string found = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        int line = found.Split('\n').Zip(expected.Split('\n')).TakeWhile(pair => pair.First == pair.Second).Count() + 1;
        Assert.True(found == expected, $"{file} is not what the XML comments say, from line {line} on. Write it anew: {command}");
    }

    private string Render(string command)
    {
        StringBuilder page = new();
        page.Append($"# {_package}: reference\n\n");
        page.Append("Every public type with its members, by the source's folders, from the XML comments; of a member's comment the first ");
        page.Append($"sentence. What it is for: [its README](../../src/{_package}/README.md); what the folders are: ");
        page.Append("[architecture](../architecture.md#packages).\n\n");
        page.Append($"A test writes this page and holds it to the code: `{command}`.\n");
        foreach (IGrouping<string, INamedTypeSymbol> folder in TypesOf(_assembly.GlobalNamespace).OrderBy(NameOf, StringComparer.Ordinal)
            .GroupBy(FolderOf).OrderBy(folder => folder.Key, StringComparer.Ordinal))
        {
            page.Append($"\n## {(folder.Key.Length == 0 ? "In the root" : folder.Key)}\n");
            foreach (INamedTypeSymbol type in folder) Append(page, type);
        }
        return page.ToString();
    }

    private void Append(StringBuilder page, INamedTypeSymbol type)
    {
        page.Append($"\n### {NameOf(type)}\n\n`{Declaration(type)}`\n\n{_comments.Summary(type)}\n");
        ISymbol[] members = [.. type.GetMembers().Where(member => IsShown(type, member))];
        if (members.Length > 0) page.Append('\n');
        IOrderedEnumerable<ISymbol> ordered = type.TypeKind == TypeKind.Enum
            ? members.OrderBy(member => Convert.ToInt64(((IFieldSymbol)member).ConstantValue))
            : members.OrderBy(Rank).ThenBy(member => member.Name, StringComparer.Ordinal)
                .ThenBy(member => member.ToDisplayString(Signatures), StringComparer.Ordinal);
        foreach (ISymbol member in ordered)
        {
            string signature = type.TypeKind == TypeKind.Enum ? member.Name
                : member.ToDisplayString(type.TypeKind == TypeKind.Interface ? PlainSignatures : Signatures);
            string sentence = _comments.FirstSentence(member);
            bool isConstructor = member is IMethodSymbol { MethodKind: MethodKind.Constructor };
            if (isConstructor && _comments.Summary(member) == _comments.Summary(type)) sentence = ""; // a positional record's own
            page.Append($"- `{signature.Replace($"{NameOf(type)}.", "")}`{(sentence.Length > 0 ? $": {sentence}" : "")}\n");
        }
    }

    private static IEnumerable<INamedTypeSymbol> TypesOf(INamespaceOrTypeSymbol container) =>
        container.GetMembers().SelectMany(member => member switch
        {
            INamespaceSymbol inner => TypesOf(inner),
            INamedTypeSymbol type when IsVisible(type) => TypesOf(type).Prepend(type),
            _ => [],
        });

    /// <summary>One public type is in a file of its name.</summary>
    private string FolderOf(INamedTypeSymbol type)
    {
        string source = Path.Combine(RepositoryRoot.Path, "src", _package), name = (type.ContainingType ?? type).Name;
        string[] files = [.. Directory.EnumerateFiles(source, name + ".cs", SearchOption.AllDirectories)];
        Assert.True(files.Length == 1, $"{files.Length} files below {source} are named {name}.cs: the folder of {name} is not known.");
        return Path.GetRelativePath(source, Path.GetDirectoryName(files[0])!).Replace('\\', '/') is var folder and not "." ? folder : "";
    }

    private static string NameOf(ITypeSymbol type) => type.ToDisplayString(Names);

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    /// <summary>Neither what the compiler adds to a record, nor accessors, nor what every object has.</summary>
    private static bool IsShown(INamedTypeSymbol type, ISymbol member)
    {
        if (!IsVisible(member) || member is INamedTypeSymbol || type.TypeKind == TypeKind.Delegate) return false;
        if (type.TypeKind == TypeKind.Enum) return member is IFieldSymbol { HasConstantValue: true };
        if (member.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute")) return false;
        if (member is not IMethodSymbol method) return true;
        if (method is { MethodKind: MethodKind.Constructor, Parameters.Length: 0 }) return !type.IsValueType && !type.IsAbstract;
        for (IMethodSymbol? overridden = method; overridden is not null; overridden = overridden.OverriddenMethod)
            if (overridden.ContainingType.SpecialType == SpecialType.System_Object) return false;
        return method.AssociatedSymbol is null && method.MethodKind != MethodKind.Destructor;
    }

    private static int Rank(ISymbol member) => member switch
    {
        IFieldSymbol => 0,
        IMethodSymbol { MethodKind: MethodKind.Constructor } => 1,
        IPropertySymbol => 2,
        IMethodSymbol { MethodKind: MethodKind.Ordinary } => 3,
        _ => 4,
    };

    private static string Declaration(INamedTypeSymbol type)
    {
        if (type.DelegateInvokeMethod is { } invoke)
            return $"delegate {invoke.ToDisplayString(PlainSignatures).Replace(" Invoke(", $" {NameOf(type)}(", StringComparison.Ordinal)}";
        bool isClass = type.TypeKind == TypeKind.Class;
        string modifiers = (isClass, type.IsStatic, type.IsAbstract, type.IsSealed) switch
        {
            (true, true, _, _) => "static ",
            (true, _, true, _) => "abstract ",
            (true, _, _, true) => "sealed ",
            _ => (type is { TypeKind: TypeKind.Struct, IsReadOnly: true } ? "readonly " : "") + (type.IsRefLikeType ? "ref " : ""),
        };
        string kind = (type.IsRecord ? "record " : "") + type.TypeKind switch
        {
            TypeKind.Class => type.IsRecord ? "" : "class ",
            TypeKind.Struct => "struct ",
            _ => type.TypeKind.ToString().ToLowerInvariant() + " ",
        };
        INamedTypeSymbol? parentClass = isClass && type.BaseType!.SpecialType != SpecialType.System_Object ? type.BaseType : null;
        string[] bases = [.. type.Interfaces.Prepend(parentClass).OfType<INamedTypeSymbol>()
            .Where(parent => parent.Name != nameof(IEquatable<>)).Select(NameOf)];
        return $"{modifiers}{kind}{NameOf(type)}{(bases.Length > 0 ? " : " + string.Join(", ", bases) : "")}";
    }
}
