namespace OrgSchema.Online;

/// <summary>Judges CREATE INDEX and DROP INDEX.</summary>
internal sealed class IndexChange(Judged about)
{
    public Verdict JudgeCreate(SqlReader reader)
    {
        if (reader.Skip("CONCURRENTLY"))
            return Verdict.Fine;
        var isOptional = reader.Skip("IF", "NOT", "EXISTS");
        var name = reader.Next?.Is("ON") == true ? null : reader.TakeName();
        if (!reader.Skip("ON") || reader.Skip("ONLY") || about.Big(reader.TakeQualifiedName()) is not { } table)
            return Verdict.Fine;
        if (table.IsPartitioned || name is null)
        {
            return new Refused(
                $"CREATE INDEX makes writers of {table} wait until it is built",
                table.IsPartitioned ? OnEachPartition(name, table, reader.RestText) : Named(table, reader.RestText));
        }

        var index = QualifiedName.OfCatalog(table.Name.Schema, name);
        var head = about.Sql[..about.Sql.IndexOf("INDEX", StringComparison.OrdinalIgnoreCase)];
        var form = SafeForm.Index(
            table, index, $"{head}INDEX CONCURRENTLY {Identifier.OfCatalog(name)} ON {table.Name} {reader.RestText}");
        return new Rewritten(isOptional ? form with { MayBegin = null } : form);
    }

    public Verdict JudgeDrop(SqlReader reader)
    {
        if (reader.Skip("CONCURRENTLY"))
            return Verdict.Fine;
        var isOptional = reader.Skip("IF", "EXISTS");
        if (about.Judge.Relations.Find(reader.TakeQualifiedName()) is not { IsIndex: true, IsPartitioned: false } index
            || !reader.IsAtEnd
            || about.Judge.Relations.TableOf(index) is not { } table
            || !about.Judge.IsBig(table, about.IsBegun))
        {
            return Verdict.Fine;
        }

        var form = SafeForm.DropIndex(table, index.Name);
        return new Rewritten(isOptional ? form with { MayBegin = null } : form);
    }

    private Recipe Named(Relation table, string columns)
    {
        var name = Identifier.Derived($"{table.Name.Name}_index");
        return about.Instead(
            "Give it a name, and build it while clients write:",
            $"Execute.Sql({Recipe.Raw($"CREATE INDEX CONCURRENTLY {name} ON {table.Name} {columns}")});",
            $"Execute.Sql({Recipe.Raw($"DROP INDEX CONCURRENTLY {QualifiedName.OfCatalog(table.Name.Schema, name.Name)}")});");
    }

    // CONCURRENTLY is not for partitioned tables. https://www.postgresql.org/docs/current/ddl-partitioning.html
    private Recipe OnEachPartition(string? name, Relation table, string columns)
    {
        var index = name is null ? Identifier.Derived($"{table.Name.Name}_index") : Identifier.OfCatalog(name);
        var onPartition = Identifier.Derived($"{index.Name}_partition");
        var schema = Identifier.OfCatalog(table.Name.Schema);
        return about.Instead(
            "Build it on each partition while clients write, then attach it. For a partition called PARTITION:",
            $"""
            Execute.Sql({Recipe.Raw($"CREATE INDEX {index} ON ONLY {table.Name} {columns}")});
            Execute.Sql({Recipe.Raw($"CREATE INDEX CONCURRENTLY {onPartition} ON {schema}.PARTITION {columns}")});
            Execute.Sql({Recipe.Raw($"ALTER INDEX {schema}.{index} ATTACH PARTITION {schema}.{onPartition}")});
            """,
            $"Execute.Sql({Recipe.Raw($"DROP INDEX {schema}.{index}")});");
    }
}
