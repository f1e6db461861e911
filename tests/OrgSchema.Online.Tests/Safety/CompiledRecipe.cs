using System.Reflection;
using FluentMigrator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NUnit.Framework;

namespace OrgSchema.Online.Tests;

/// <summary>The C# of a remedy, compiled.</summary>
internal static class CompiledRecipe
{
    private static readonly Lazy<IReadOnlyList<MetadataReference>> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    /// <summary>The migrations in it.</summary>
    public static IReadOnlyList<Type> Of(string remedy)
    {
        var code = $"using System; using FluentMigrator; using OrgSchema.Online;\n{remedy[remedy.IndexOf('[', StringComparison.Ordinal)..]}";
        var compilation = CSharpCompilation.Create(
            $"Recipe{Guid.NewGuid():N}", [CSharpSyntaxTree.ParseText(code)], References.Value, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var stream = new MemoryStream();
        var result = compilation.Emit(stream);
        Assert.That(result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error), Is.Empty, code);
        return [.. Assembly.Load(stream.ToArray()).GetExportedTypes().Where(type => typeof(IMigration).IsAssignableFrom(type))];
    }
}
