namespace OrgSchema.Online;

/// <summary>A table, view or index of the database, as it was before the run.</summary>
/// <param name="Oid">Its oid.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">As <c>pg_class.relkind</c> has it.</param>
/// <param name="Rows">The server's estimate of its rows, with those of its partitions and children.</param>
/// <param name="Bytes">Its size without indexes, likewise.</param>
/// <param name="IsVisible">Whether the author's search path leads to it.</param>
/// <param name="Table">For an index its table's oid, else zero.</param>
/// <param name="IsUnique">For an index whether it is unique.</param>
internal sealed record Relation(uint Oid, QualifiedName Name, char Kind, long Rows, long Bytes, bool IsVisible, uint Table, bool IsUnique)
{
    /// <summary>Whether it is an index, of a partitioned table or not.</summary>
    public bool IsIndex => Kind is 'i' or 'I';

    /// <summary>Whether it has partitions.</summary>
    public bool IsPartitioned => Kind is 'p' or 'I';

    /// <summary>The name with its rows, for people.</summary>
    public override string ToString() => $"{Name} ({(Rows == 0 && Bytes > 0 ? $"{Bytes >> 10} kB, never analyzed" : Amount.Of(Rows, "row"))})";
}
