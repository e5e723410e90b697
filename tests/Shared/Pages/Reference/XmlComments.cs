using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Cs336.Testing;

/// <summary>What the XML files beside the packages say of a symbol, as Markdown.</summary>
internal sealed partial class XmlComments
{
    private readonly Compilation _compilation;
    private readonly string _package;
    private readonly Dictionary<string, XElement> _comments;

    /// <param name="compilation">Knows the symbols that comments name.</param>
    /// <param name="folder">Where the packages and their XML files are.</param>
    /// <param name="package">Whose page it is: links to others name their pages.</param>
    public XmlComments(Compilation compilation, string folder, string package)
    {
        (_compilation, _package) = (compilation, package);
        // What packages share as source stands in the files of several, and is internal.
        _comments = Directory.EnumerateFiles(folder, "Cs336.*.xml")
            .SelectMany(file => XDocument.Load(file, LoadOptions.PreserveWhitespace).Descendants("member"))
            .GroupBy(member => member.Attribute("name")!.Value).ToDictionary(group => group.Key, group => group.First());
    }

    public string Summary(ISymbol symbol) =>
        FindSummary(symbol, []) is { } summary ? Spaces().Replace(Markdown(summary, symbol), " ").Trim() : "";

    /// <summary>A point, a question or an exclamation mark ends it where it stands outside of code and before a new word.</summary>
    public string FirstSentence(ISymbol symbol)
    {
        string summary = Summary(symbol);
        foreach (Match end in SentenceEnds().Matches(summary))
            if (summary.AsSpan(0, end.Index).Count('`') % 2 == 0) return summary[..(end.Index + 1)];
        return summary;
    }

    /// <summary>Follows inheritdoc; a property of a positional record has the text of its parameter.</summary>
    private XElement? FindSummary(ISymbol symbol, HashSet<ISymbol> seen)
    {
        if (!seen.Add(symbol)) return null;
        if (_comments.TryGetValue(symbol.GetDocumentationCommentId() ?? "", out XElement? comment))
        {
            if (comment.Element("summary") is { } summary) return summary;
            XElement? inherits = comment.Elements("inheritdoc").FirstOrDefault(element => element.Attribute("path") is null);
            if (inherits?.Attribute("cref")?.Value is { } cref && Find(cref) is { } named) return FindSummary(named, seen);
        }
        if (symbol is IPropertySymbol && _comments.TryGetValue(symbol.ContainingType.GetDocumentationCommentId()!, out XElement? type)
            && type.Elements("param").FirstOrDefault(param => param.Attribute("name")?.Value == symbol.Name) is { } parameter)
            return parameter;
        return Origins(symbol).Select(origin => FindSummary(origin.OriginalDefinition, seen)).FirstOrDefault(found => found is not null);
    }

    /// <summary>What a member overrides or implements, a type extends.</summary>
    private static IEnumerable<ISymbol> Origins(ISymbol symbol)
    {
        if (symbol is INamedTypeSymbol type) return type.Interfaces.Prepend(type.BaseType).OfType<INamedTypeSymbol>();
        ISymbol? overridden = symbol switch
        {
            IMethodSymbol method => method.OverriddenMethod,
            IPropertySymbol property => property.OverriddenProperty,
            _ => null,
        };
        INamedTypeSymbol container = symbol.ContainingType;
        return container.AllInterfaces.SelectMany(parent => parent.GetMembers(symbol.Name))
            .Where(member => SymbolEqualityComparer.Default.Equals(container.FindImplementationForInterfaceMember(member), symbol))
            .Prepend(overridden).OfType<ISymbol>();
    }

    private string Markdown(XContainer container, ISymbol context) => string.Concat(container.Nodes().Select(node => node switch
    {
        XText text => text.Value.Replace("<", "\\<").Replace("*", "\\*"),
        XElement { Name.LocalName: "see" or "seealso" } see => Reference(see, context),
        XElement { Name.LocalName: "paramref" or "typeparamref" } name => Code(name.Attribute("name")!.Value),
        XElement { Name.LocalName: "c" } code => Code(code.Value),
        XElement { Name.LocalName: "code" } => "",
        XElement other => $" {Markdown(other, context)} ",
        _ => "",
    }));

    /// <summary>A public type of a package is a link to its heading, or a member to that of its type; anything else is code.</summary>
    private string Reference(XElement see, ISymbol context)
    {
        if (see.Attribute("langword")?.Value is { } word) return Code(word);
        if (see.Attribute("href")?.Value is { } address) return $"[{(see.Value.Length > 0 ? see.Value : address)}]({address})";
        string cref = see.Attribute("cref")!.Value;
        if (Find(cref) is not { } symbol || (symbol as INamedTypeSymbol ?? symbol.ContainingType) is not { } type)
            return Code(cref[(cref.LastIndexOf('.') + 1)..]);
        string typeName = type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat.WithKindOptions(SymbolDisplayKindOptions.None));
        bool ofContext = SymbolEqualityComparer.Default.Equals(type, context as INamedTypeSymbol ?? context.ContainingType);
        string text = see.Value.Length > 0 ? see.Value : Code(symbol switch
        {
            INamedTypeSymbol => typeName,
            IMethodSymbol { MethodKind: MethodKind.Constructor } => typeName,
            _ => ofContext ? symbol.Name : $"{typeName}.{symbol.Name}",
        });
        string assembly = type.ContainingAssembly.Name;
        bool hasHeading = assembly.StartsWith("Cs336.", StringComparison.Ordinal) && !ofContext
            && type.DeclaredAccessibility == Accessibility.Public && type.ContainingType is null;
        string page = assembly == _package ? "" : assembly + ".md";
        return hasHeading ? $"[{text}]({page}#{string.Concat(typeName.ToLowerInvariant().Where(char.IsLetterOrDigit))})" : text;
    }

    private ISymbol? Find(string cref) => DocumentationCommentId.GetFirstSymbolForDeclarationId(cref, _compilation);

    private static string Code(string text) => $"`{Spaces().Replace(text, " ").Trim()}`";

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"[.!?](?=\s+[\p{Lu}`\[""])")]
    private static partial Regex SentenceEnds();
}
