namespace OrgSchema.Online;

/// <summary>A statement under judgment.</summary>
/// <param name="Judge">Who judges it.</param>
/// <param name="Sql">The statement.</param>
/// <param name="Compiled">Its migration.</param>
/// <param name="IsBegun">Whether an earlier run has begun to do it in its safe form.</param>
/// <param name="RunsAnyway">Whether it runs even if it is refused.</param>
/// <param name="CancellationToken">Cancels questions.</param>
internal sealed record Judged(Judge Judge, string Sql, CompiledMigration Compiled, bool IsBegun, bool RunsAnyway, CancellationToken CancellationToken)
{
    /// <summary>Whether the application is not expected to use any more what goes.</summary>
    public bool IsContract => Compiled.Migration.Phase == Phase.Contract || Compiled.Context.Direction == Direction.Down;

    /// <summary>The table or index of a name, if it was there before the run and is not small.</summary>
    public Relation? Big(WrittenName? name) =>
        Judge.Relations.Find(name) is { Kind: not 'v' } relation && Judge.IsBig(relation, IsBegun) ? relation : null;

    public Task<TableDetails> DetailsOfAsync(Relation table) => Judge.DetailsOfAsync(table, CancellationToken);

    /// <summary>The migration to write instead.</summary>
    /// <param name="before">What to say before it.</param>
    /// <param name="up">The verb for Up.</param>
    /// <param name="down">The verb for Down.</param>
    public Recipe Instead(string before, string up, string down) => new(Compiled.Migration, before, up, down);

    /// <summary>The same, where nothing else means the same, and nothing is quick.</summary>
    public Recipe OnlyAsItIs() => Instead(
        "There is no form of it that nobody waits for. Run it when few use the table, and say why:",
        $"Execute.Sql({Recipe.Raw(Sql)});",
        "// what your Down has") with
    { IsTransactional = true, IsUnsafe = true };
}
