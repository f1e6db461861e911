namespace OrgSchema.Tests;

/// <summary>Definitions that an application adds to tables of the migrations.</summary>
internal static class GrownDecorations
{
    /// <summary>Those that keep nothing from being dropped.</summary>
    /// <remarks><c>{t}</c> is the table, <c>{k}</c> its key, <c>{c}</c> a column with text, <c>{n}</c> a number.</remarks>
    public static IReadOnlyList<string> Harmless { get; } =
    [
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "CREATE POLICY p{n} ON {t} FOR SELECT TO authenticated USING (true)",
        "CREATE POLICY \"It's {n}\" ON {t} AS RESTRICTIVE TO anon, authenticated USING ({k} IS NOT NULL) WITH CHECK (false)",
        "CREATE POLICY p{n} ON {t} FOR UPDATE USING (EXISTS (SELECT FROM public.dsos AS d WHERE d.name <> {c})) WITH CHECK ({c} <> '')",
        "CREATE INDEX i{n} ON {t} ({c} DESC NULLS LAST) INCLUDE ({k})",
        "CREATE INDEX \"Index {n}\" ON {t} (lower({c})) WHERE {c} IS NOT NULL",
        "CREATE UNIQUE INDEX i{n} ON {t} ({k}, {c}) WITH (fillfactor = 70)",
        "ALTER TABLE {t} ADD CONSTRAINT u{n} UNIQUE ({k}, {c}) DEFERRABLE",
        "ALTER TABLE {t} ADD CONSTRAINT k{n} CHECK ({c} <> 'nobody''s')",
        "GRANT SELECT ON {t} TO authenticated",
        "GRANT SELECT, UPDATE ON {t} TO authenticated WITH GRANT OPTION",
        "GRANT SELECT ({c}), UPDATE ({c}, {k}) ON {t} TO anon",
        "GRANT SELECT ON {t} TO PUBLIC",
        "REVOKE DELETE, TRUNCATE ON {t} FROM service_role",
        "REVOKE ALL ON {t} FROM service_role; GRANT SELECT ({c}) ON {t} TO service_role",
        "COMMENT ON TABLE {t} IS E'It''s {n}\\n\"x\"'",
        "COMMENT ON COLUMN {t}.{c} IS 'It''s {n}'",
        "CREATE INDEX i{n} ON {t} ({c}); COMMENT ON INDEX public.i{n} IS 'index {n}'",
        "CREATE POLICY p{n} ON {t} TO anon USING (false); COMMENT ON POLICY p{n} ON {t} IS 'policy {n}'",
        "CREATE STATISTICS later.s{n} (dependencies, mcv) ON {k}, {c} FROM {t}",
        "ALTER TABLE {t} REPLICA IDENTITY FULL",
        "ALTER TABLE {t} SET (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false)",
        "ALTER TABLE {t} ALTER COLUMN {c} SET STATISTICS 500, ALTER COLUMN {c} SET STORAGE EXTERNAL",
        "ALTER TABLE {t} ALTER COLUMN {c} SET DEFAULT 'unknown ' || {n}",
        "CREATE TRIGGER g{n} BEFORE UPDATE OF {c} ON {t} FOR EACH ROW WHEN (OLD.{c} <> NEW.{c}) EXECUTE FUNCTION early.nothing()",
        "CREATE TRIGGER g{n} BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION early.nothing(); ALTER TABLE {t} DISABLE TRIGGER g{n}",
        "CREATE TRIGGER g{n} AFTER DELETE ON {t} EXECUTE FUNCTION early.nothing(); ALTER TABLE {t} ENABLE ALWAYS TRIGGER g{n}",
        "CREATE PUBLICATION pub{n} FOR TABLE {t} ({k}, {c}) WITH (publish = 'insert')",
        "CREATE PUBLICATION pub{n} FOR TABLE {t} WHERE ({c} <> '') WITH (publish = 'insert, truncate')",
    ];

    /// <summary>Those that may keep a table from being dropped.</summary>
    public static IReadOnlyList<string> Blocking { get; } =
    [
        "CREATE VIEW later.v{n} AS SELECT {c} FROM {t}",
        "CREATE FUNCTION later.f{n}() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM {t})",
        "CREATE FUNCTION later.f{n}() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count({c}) FROM {t}); END'",
        "CREATE TABLE later.r{n} (id integer PRIMARY KEY, whole {t})",
        "CREATE POLICY p{n} ON {t} USING ({k} IN (SELECT m.user_id FROM public.org_members AS m))",
        "CREATE MATERIALIZED VIEW later.m{n} AS SELECT {k} FROM {t}",
    ];

    /// <summary>The statement for one.</summary>
    public static string Sql(GrownDecoration decoration, int number) => $"{Filled(decoration.Template, decoration.Table, number)};";

    /// <summary>A template, with the names of a table.</summary>
    public static string Filled(string template, string table, int number) => template
        .Replace("{t}", table, StringComparison.Ordinal)
        .Replace("{k}", "id", StringComparison.Ordinal)
        .Replace("{c}", table == "public.org_members" ? "role" : "name", StringComparison.Ordinal)
        .Replace("{n}", $"{number}", StringComparison.Ordinal);
}
