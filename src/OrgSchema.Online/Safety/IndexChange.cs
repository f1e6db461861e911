namespace OrgSchema.Online;

/// <summary>Judges CREATE INDEX and DROP INDEX.</summary>
internal sealed class IndexChange(Judged about)
{
    /// <param name="head">CREATE INDEX or CREATE UNIQUE INDEX.</param>
    /// <param name="reader">Behind it.</param>
    public Verdict JudgeCreate(string head, SqlReader reader)
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
        var form = SafeForm.Index(
            table, index, $"{head} CONCURRENTLY {Identifier.OfCatalog(name)} ON {table.Name} {reader.RestText}");
        return new Rewritten(isOptional ? form with { MayBegin = null } : form);
    }

    public async Task<Verdict> JudgeDropAsync(SqlReader reader)
    {
        if (reader.Skip("CONCURRENTLY"))
            return Verdict.Fine;
        var isOptional = reader.Skip("IF", "EXISTS");
        var relation = about.Judge.Relations.Find(reader.TakeQualifiedName());
        if (relation is null && about.IsBegun)
            return new Rewritten(SafeForm.Of([])); // it has gone before the run was cut off
        if (relation is not { IsIndex: true, IsPartitioned: false } index
            || !reader.IsAtEnd
            || about.Judge.Relations.TableOf(index) is not { } table
            || !about.Judge.IsBig(table, about.IsBegun))
        {
            return Verdict.Fine;
        }

        if (index.IsUnique && !about.IsContract)
            return new Refused($"without it every INSERT ... ON CONFLICT fails that still counts on {index.Name} of {table}", await Later(index, table));
        var form = SafeForm.DropIndex(table, index.Name);
        return new Rewritten(isOptional ? form with { MayBegin = null } : form);
    }

    private async Task<Recipe> Later(Relation index, Relation table)
    {
        var definition = (await about.Judge.DefinitionOfAsync(index, about.CancellationToken))
            .Replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", StringComparison.Ordinal);
        return about.Instead(
            "Drop it when no version of the application counts on it any more. 'contract' applies this:",
            $"Execute.Sql({Recipe.Raw($"DROP INDEX CONCURRENTLY {index.Name}")});",
            $"Execute.Sql({Recipe.Raw(definition)});") with
        { Phase = Phase.Contract };
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
