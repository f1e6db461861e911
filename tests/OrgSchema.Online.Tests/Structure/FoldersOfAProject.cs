using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>The folders of a project can be read one after the other: none needs one that needs it.</summary>
public sealed class FoldersOfAProject
{
    [TestCase("src/OrgSchema.Online")]
    public void Have_no_cycle(string project)
    {
        var references = References(project);
        var needs = references.ToLookup(reference => reference.From);
        var left = references.SelectMany(reference => new[] { reference.From, reference.To }).ToHashSet();
        Assert.That(left, Has.Count.GreaterThan(3), "folders need each other");

        // What needs none of them, or is needed by none of them, is in no cycle.
        while (left.RemoveWhere(folder =>
            !needs[folder].Any(reference => left.Contains(reference.To))
            || !references.Any(reference => reference.To == folder && left.Contains(reference.From))) > 0)
        {
        }

        Assert.That(left.SelectMany(folder => needs[folder]).Where(reference => left.Contains(reference.To)), Is.Empty);
    }

    private static HashSet<Reference> References(string project)
    {
        var root = Repository.PathOf(project);
        var sources = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Append(Directory.EnumerateFiles(Path.Combine(root, "obj"), "*.GlobalUsings.g.cs", SearchOption.AllDirectories).First())
            .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), new CSharpParseOptions(LanguageVersion.Preview), path));
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create("folders", sources, platform.Select(path => MetadataReference.CreateFromFile(path)));
        var declaredNames = compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes()).OfType<BaseTypeDeclarationSyntax>()
            .Select(type => type.Identifier.ValueText).ToHashSet();
        return
        [
            .. from tree in compilation.SyntaxTrees
               where !tree.FilePath.Contains("GlobalUsings", StringComparison.Ordinal)
               let model = compilation.GetSemanticModel(tree)
               from name in tree.GetRoot().DescendantNodes(descendIntoTrivia: false).OfType<SimpleNameSyntax>()
               where declaredNames.Contains(name.Identifier.ValueText)
               let symbol = model.GetSymbolInfo(name).Symbol
               let type = symbol as INamedTypeSymbol ?? symbol?.ContainingType
               let declared = type?.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree.FilePath
               where declared is not null && FolderOf(declared) != FolderOf(tree.FilePath)
               select new Reference(FolderOf(tree.FilePath), FolderOf(declared), Path.GetFileName(tree.FilePath), type!.Name),
        ];

        string FolderOf(string path) => Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar) is [var folder, _, ..] ? folder : "(root)";
    }

    private sealed record Reference(string From, string To, string File, string Type)
    {
        public override string ToString() => $"{From} needs {To}: {File} names {Type}";
    }
}
