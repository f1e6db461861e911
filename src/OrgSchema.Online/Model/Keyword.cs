using System.Collections.Frozen;

namespace OrgSchema.Online;

/// <summary>Words that <c>quote_ident</c> quotes, in PostgreSQL 15 to 18: all but the unreserved ones of <c>pg_get_keywords()</c>.</summary>
internal static class Keyword
{
    private static readonly FrozenSet<string> Reserved = Set("""
        all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently constraint
        create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default deferrable desc
        distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join
        lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
        references returning right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user
        using variadic verbose when where window with
        """);

    // Those of the grammar's col_name_keyword.
    private static readonly FrozenSet<string> Names = Set("""
        between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int integer interval json
        json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action
        national nchar none normalize nullif numeric out overlay position precision real row setof smallint substring time timestamp treat trim values
        varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """);

    public static bool Is(string word) => IsReserved(word) || Names.Contains(word);

    /// <summary>Whether no table or column can have this name without quotes.</summary>
    public static bool IsReserved(string word) => Reserved.Contains(word);

    private static FrozenSet<string> Set(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
}
