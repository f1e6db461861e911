using System.Diagnostics;

namespace OrgSchema;

/// <summary>The SQL that makes a difference go away, in the form that blocks the application least.</summary>
internal static class Mend
{
    /// <summary>Makes what is missing.</summary>
    public static string Create(Fact fact, Tenancy tenancy) => fact.Kind switch
    {
        FactKind.Table => $"CREATE TABLE {fact.Table} (); REVOKE ALL ON {fact.Table} FROM PUBLIC, anon, authenticated;",
        FactKind.Column => $"ALTER TABLE {fact.Table} ADD COLUMN {fact.Name} {fact.Definition};",
        FactKind.Default => fact.Definition == "none" ? "" : SetDefault(fact),
        FactKind.Nullability => fact.Definition == "NULL" ? "" : SetNotNull(fact),
        FactKind.Constraint => AddConstraint(fact),
        FactKind.Index => fact.Definition.Replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", StringComparison.Ordinal) + ";",
        FactKind.Trigger => fact.Definition + ";",
        FactKind.Grant => $"GRANT ALL ON {fact.Table} TO {fact.Name};",
        FactKind.Owner => $"ALTER TABLE {fact.Table} OWNER TO {fact.Definition};",
        FactKind.RowSecurity => "",
        FactKind.Function => $"{OrgIdBridge.CreateFunction(tenancy.OrganizationSlug)};\n{OrgIdBridge.CloseFunction};",
        _ => throw new UnreachableException($"No migration makes a {fact.Kind}."),
    };

    /// <summary>Removes what should not be there.</summary>
    public static string Drop(Fact fact) => fact.Kind switch
    {
        FactKind.Table => $"ALTER TABLE {fact.Table} RENAME TO {fact.Name}_before_orgschema; -- after making sure that nothing uses it",
        FactKind.Column => $"ALTER TABLE {fact.Table} DROP COLUMN {fact.Name}; -- its data is gone then",
        FactKind.Default => $"ALTER TABLE {fact.Table} ALTER COLUMN {fact.Name} DROP DEFAULT;",
        FactKind.Nullability => $"ALTER TABLE {fact.Table} ALTER COLUMN {fact.Name} DROP NOT NULL;",
        FactKind.Constraint when fact.Definition.StartsWith("NOT NULL", StringComparison.Ordinal) => Validate(fact),
        FactKind.Constraint => $"ALTER TABLE {fact.Table} DROP CONSTRAINT {fact.Name};",
        FactKind.Index => $"DROP INDEX CONCURRENTLY public.{fact.Name};",
        FactKind.Trigger => $"DROP TRIGGER {fact.Name} ON {fact.Table};",
        FactKind.Rule => $"DROP RULE {fact.Name} ON {fact.Table};",
        FactKind.RowSecurity => $"ALTER TABLE {fact.Table} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;",
        FactKind.Policy => $"DROP POLICY {fact.Name} ON {fact.Table};",
        FactKind.Grant => $"REVOKE ALL ON {fact.Table} FROM {fact.Name} CASCADE;",
        FactKind.ColumnGrant => string.Join(' ', Grantees(fact).Select(role => $"REVOKE ALL ({fact.Name}) ON {fact.Table} FROM {role} CASCADE;")),
        FactKind.SchemaGrant => $"REVOKE ALL ON SCHEMA {fact.Table} FROM {fact.Name} CASCADE;",
        FactKind.Function => $"DROP FUNCTION {fact.Table}.{fact.Name};",
        _ => throw new UnreachableException($"A {fact.Kind} cannot be dropped."),
    };

    /// <summary>Makes what is there what it should be.</summary>
    public static string Change(Fact actual, Fact expected, Tenancy tenancy) => expected.Kind switch
    {
        FactKind.Table when actual.Definition == "unlogged" => $"ALTER TABLE {expected.Table} SET LOGGED; -- locks the table while it is rewritten",
        FactKind.Table => Drop(actual),
        FactKind.Column => $"ALTER TABLE {expected.Table} ALTER COLUMN {expected.Name} TYPE {expected.Definition} USING {expected.Name}::{expected.Definition}; -- rewrites the table under a lock",
        FactKind.Default => expected.Definition == "none" ? Drop(actual) : SetDefault(expected),
        FactKind.Nullability => expected.Definition == "NULL" ? Drop(actual) : SetNotNull(expected),
        FactKind.Owner or FactKind.RowSecurity => Create(expected, tenancy) is { Length: > 0 } sql ? sql : Drop(actual),
        FactKind.Function => string.Join(' ',
            $"ALTER FUNCTION {expected.Table}.{expected.Name} SECURITY DEFINER SET search_path = pg_catalog, pg_temp;",
            $"ALTER FUNCTION {expected.Table}.{expected.Name} OWNER TO {expected.Definition.Split(' ')[^1]};"),
        FactKind.Grant or FactKind.Trigger => $"BEGIN; {Drop(actual)} {Create(expected, tenancy)} COMMIT;",
        _ => $"{Drop(actual)} {Create(expected, tenancy)}",
    };

    /// <summary>Makes it work again.</summary>
    public static string Revive(Fact actual, Tenancy tenancy) => (actual.Kind, actual.State) switch
    {
        (FactKind.Constraint, "not valid") => Validate(actual),
        (FactKind.Constraint, "disabled") => $"ALTER TABLE {actual.Table} ENABLE TRIGGER ALL; -- on the referenced table, too; as a superuser",
        (FactKind.Trigger, _) => $"ALTER TABLE {actual.Table} ENABLE TRIGGER {actual.Name};",
        (FactKind.Index, _) => $"REINDEX INDEX CONCURRENTLY public.{actual.Name};",
        (FactKind.Function, "without its table") => $"{OrgIdBridge.DropUse}; {OrgIdBridge.CreateUse}; {OrgIdBridge.IndexUse};",
        (FactKind.Function, _) => Create(actual, tenancy),
        _ => $"{Drop(actual)} {Create(actual, tenancy)}",
    };

    private static string SetDefault(Fact fact) => $"ALTER TABLE {fact.Table} ALTER COLUMN {fact.Name} SET DEFAULT {fact.Definition};";

    // A valid CHECK proves to SET NOT NULL that no row has to be scanned under its exclusive lock.
    private static string SetNotNull(Fact fact)
    {
        var check = $"{fact.Table["public.".Length..]}_{fact.Name}_not_null_check";
        return $"/* fill what is NULL first */ ALTER TABLE {fact.Table} ADD CONSTRAINT {check} CHECK ({fact.Name} IS NOT NULL) NOT VALID; "
            + $"ALTER TABLE {fact.Table} VALIDATE CONSTRAINT {check}; "
            + $"ALTER TABLE {fact.Table} ALTER COLUMN {fact.Name} SET NOT NULL; "
            + $"ALTER TABLE {fact.Table} DROP CONSTRAINT {check};";
    }

    private static string AddConstraint(Fact fact)
    {
        var validatesLater = fact.Definition.StartsWith("FOREIGN KEY", StringComparison.Ordinal) || fact.Definition.StartsWith("CHECK", StringComparison.Ordinal);
        var add = $"ALTER TABLE {fact.Table} ADD CONSTRAINT {fact.Name} {fact.Definition}";
        return validatesLater ? $"{add} NOT VALID; {Validate(fact)}" : $"{add};";
    }

    private static string Validate(Fact fact) => $"ALTER TABLE {fact.Table} VALIDATE CONSTRAINT {fact.Name};";

    private static IEnumerable<string> Grantees(Fact fact) =>
        fact.Definition.Split(", ").Select(grant => grant[(grant.IndexOf(" to ", StringComparison.Ordinal) + 4)..]).Distinct();
}
