using System.Diagnostics;

namespace OrgSchema;

/// <summary>The SQL that makes a difference go away, in the form that blocks the application least.</summary>
internal static class Mend
{
    /// <summary>For what somebody has made, or decided.</summary>
    public const string Keep = "Nothing to do: it is kept as it is.";

    /// <summary>For what exists of migrations that are not recorded.</summary>
    public const string Adopt = "Run 'orgschema baseline', which records what exists as it should, then 'orgschema migrate'.";

    /// <summary>For what exists of the next migration: an interrupted run, if nobody else has made it.</summary>
    public const string GoOn = "orgschema migrate -- continues where it was interrupted; if it was made in another way, run 'orgschema baseline' first";

    private const string SetUseAside =
        "ALTER TABLE IF EXISTS orgschema.bridge_use RENAME TO bridge_use_before; "
        + "ALTER INDEX IF EXISTS orgschema.bridge_use_used_at_idx RENAME TO bridge_use_before_used_at_idx;";

    /// <summary>Whether it is a NOT NULL constraint, which PostgreSQL 18 has.</summary>
    public static bool IsNotNull(Fact constraint) => constraint.Definition.StartsWith("NOT NULL", StringComparison.Ordinal);

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

    /// <summary>Removes what a migration has made and should not be there. What somebody else has made, and what holds rows, stays.</summary>
    public static string Drop(Fact fact) => fact.Kind switch
    {
        FactKind.Default => $"ALTER TABLE {fact.Table} ALTER COLUMN {fact.Name} DROP DEFAULT;",
        FactKind.Nullability => $"ALTER TABLE {fact.Table} ALTER COLUMN {fact.Name} DROP NOT NULL;",
        FactKind.Constraint when IsNotNull(fact) => Validate(fact),
        FactKind.Constraint => $"ALTER TABLE {fact.Table} DROP CONSTRAINT {fact.Name};",
        FactKind.Index => $"DROP INDEX CONCURRENTLY public.{fact.Name};",
        FactKind.Trigger => $"DROP TRIGGER {fact.Name} ON {fact.Table};",
        FactKind.Grant => $"REVOKE ALL ON {fact.Table} FROM {fact.Name} CASCADE;",
        FactKind.ColumnGrant => $"REVOKE {fact.Definition} ON {fact.Table} FROM {fact.Name} CASCADE;",
        FactKind.SchemaGrant => $"REVOKE ALL ON SCHEMA {fact.Table} FROM {fact.Name} CASCADE;",
        FactKind.Function => $"DROP FUNCTION {fact.Table}.{fact.Name};",
        _ => Keep,
    };

    /// <summary>Takes privileges from PUBLIC, and leaves them to the roles that policies name.</summary>
    public static string TakeFromPublic(Fact fact)
    {
        var named = string.Join(", ", fact.Origin.Named);
        return named.Length == 0 ? Drop(fact) : $"BEGIN; GRANT {fact.Definition} ON {fact.Table} TO {named}; {Drop(fact)} COMMIT;";
    }

    /// <summary>Gives the name free for the migration that needs it. What has it loses nothing.</summary>
    public static string Rename(Fact fact)
    {
        var name = $"{fact.Name}_before_orgschema; -- after making sure that nothing uses it";
        return fact.Kind switch
        {
            FactKind.Table => $"ALTER TABLE {fact.Table} RENAME TO {name}",
            FactKind.Column => $"ALTER TABLE {fact.Table} RENAME COLUMN {fact.Name} TO {name}",
            FactKind.Constraint => $"ALTER TABLE {fact.Table} RENAME CONSTRAINT {fact.Name} TO {name}",
            FactKind.Index => $"ALTER INDEX public.{fact.Name} RENAME TO {name}",
            FactKind.Trigger => $"ALTER TRIGGER {fact.Name} ON {fact.Table} RENAME TO {name}",
            _ => throw new UnreachableException($"A {fact.Kind} has no name of its own."),
        };
    }

    /// <summary>Makes what is there what it should be.</summary>
    public static string Change(Fact actual, Fact expected, Tenancy tenancy) => expected.Kind switch
    {
        FactKind.Table when actual.Definition == "unlogged" => $"ALTER TABLE {expected.Table} SET LOGGED; -- locks the table while it is rewritten",
        FactKind.Table => $"Change {expected.Table} back to an ordinary table, with its rows, in a migration of your own.",
        FactKind.Column when IsText(actual) && expected.Definition == "text" =>
            $"ALTER TABLE {expected.Table} ALTER COLUMN {expected.Name} TYPE text; -- every value stays; locks the table meanwhile",
        FactKind.Column => $"Bring {expected.Table}.{expected.Name} back to {expected.Definition} in a migration of your own that checks every value first.",
        FactKind.Default => expected.Definition == "none" ? Drop(actual) : SetDefault(expected),
        FactKind.Nullability => expected.Definition == "NULL" ? Drop(actual) : SetNotNull(expected),
        FactKind.Owner => Create(expected, tenancy),
        FactKind.RowSecurity => Keep,
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
        (FactKind.Function, "without its table") => $"{SetUseAside} {OrgIdBridge.CreateUse}; {OrgIdBridge.IndexUse}; {OrgIdBridge.IdentifyUse};",
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

    /// <summary>Adds a unique constraint whose name an index of its table has: the index becomes the constraint's, if it is the right one.</summary>
    public static string AddConstraintOver(Fact index, Fact constraint)
    {
        var columns = constraint.Definition[(constraint.Definition.IndexOf('(', StringComparison.Ordinal))..];
        var isTheSame = index.Definition == $"CREATE UNIQUE INDEX {index.Name} ON {index.Table} USING btree {columns}" && index.State.Length == 0;
        return isTheSame
            ? $"ALTER TABLE {constraint.Table} ADD CONSTRAINT {constraint.Name} UNIQUE USING INDEX {index.Name};"
            : $"{Rename(index)}\n{AddConstraint(constraint)}";
    }

    private static string Validate(Fact fact) => $"ALTER TABLE {fact.Table} VALIDATE CONSTRAINT {fact.Name};";

    // What varchar, char and text with another collation hold is text already.
    private static bool IsText(Fact column) =>
        !column.Definition.Contains(" generated", StringComparison.Ordinal)
        && (column.Definition.StartsWith("character", StringComparison.Ordinal) || column.Definition.StartsWith("text", StringComparison.Ordinal));
}
