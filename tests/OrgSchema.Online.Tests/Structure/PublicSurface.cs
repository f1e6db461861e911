using System.Reflection;
using System.Text;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

/// <summary>What other programs may lean on. A change of it is a decision, and shows in the file.</summary>
public sealed class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    [Test]
    public void Is_as_the_file_lists_it()
    {
        var text = new StringBuilder();
        foreach (var type in typeof(Migrator).Assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(type.FullName).Append(type.BaseType is { } parent && parent.Assembly != typeof(object).Assembly ? $" : {Name(parent)}" : "").Append('\n');
            foreach (var line in Members(type).Distinct().Order(StringComparer.Ordinal))
                text.Append("    ").Append(line).Append('\n');
        }

        Snapshot.AssertFile("src/OrgSchema.Online/PublicApi.txt", text.ToString());
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type);
        if (typeof(Delegate).IsAssignableFrom(type))
            return [Signature(type.GetMethod("Invoke")!)];
        var isRecord = type.GetMethod("<Clone>$") is not null;
        return type.GetMembers(Declared).Where(member => !(isRecord && IsOfEveryRecord(member))).Select(Line).OfType<string>();
    }

    private static bool IsOfEveryRecord(MemberInfo member) =>
        member.Name is "ToString" or "Equals" or "GetHashCode" or "op_Equality" or "op_Inequality" or "<Clone>$" or "PrintMembers" or "EqualityContract" or "Deconstruct"
        || member is ConstructorInfo { IsFamily: true };

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when IsOpen(constructor) => $".ctor({Parameters(constructor)})",
        MethodInfo method when IsOpen(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) => Signature(method),
        PropertyInfo property when property.GetMethod is { } get && IsOpen(get) => Property(property, get),
        FieldInfo { IsPublic: true } field => $"{(field.IsLiteral ? "const" : "static")} {Name(field.FieldType)} {field.Name}",
        _ => null,
    };

    private static string Property(PropertyInfo property, MethodInfo get)
    {
        var mark = Nullability.Create(property).ReadState == NullabilityState.Nullable && !property.PropertyType.IsValueType ? "?" : "";
        return $"{Scope(get)}{Name(property.PropertyType)}{mark} {property.Name} {{ get;{(property.SetMethod is { } set && IsOpen(set) ? " init;" : "")} }}";
    }

    private static string Signature(MethodInfo method) => $"{Scope(method)}{Name(method.ReturnType)} {method.Name}({Parameters(method)})";

    private static string Scope(MethodBase method) => (method.IsFamily ? "protected " : "") + (method.IsStatic ? "static " : "");

    private static bool IsOpen(MethodBase method) => method.IsPublic || method.IsFamily;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var mark = Nullability.Create(parameter).ReadState == NullabilityState.Nullable && !parameter.ParameterType.IsValueType ? "?" : "";
        return $"{Name(parameter.ParameterType)}{mark} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}";
    }));

    private static string Name(Type type) =>
        Nullable.GetUnderlyingType(type) is { } value ? $"{Name(value)}?"
        : type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : "class";
}
