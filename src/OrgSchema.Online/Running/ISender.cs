using Npgsql;

namespace OrgSchema.Online;

/// <summary>The way of a migration's commands and questions to the server: plain, or watched as in a rehearsal.</summary>
internal interface ISender : IAsyncDisposable
{
    /// <summary>Whether a command is to be sent by itself, without the question that decides whether it is needed.</summary>
    bool KeepsQuestionsApart { get; }

    /// <summary>Learns whose commands and questions come from now on.</summary>
    void Begin(KnownMigration migration, Direction direction);

    /// <summary>Sends commands in one text: of a transaction, or the end of one.</summary>
    /// <returns>Rows that they have changed.</returns>
    Task<int> SendAsync(IReadOnlyList<TextPart> parts, CancellationToken cancellationToken);

    /// <summary>Runs a command that commits.</summary>
    /// <param name="statement">The command.</param>
    /// <param name="record">A command of ours that commits with it; null: none, and no transaction is around it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Rows that the command itself has changed.</returns>
    Task<int> RunAsync(SqlStatement statement, string? record, CancellationToken cancellationToken);

    /// <summary>Runs a query, in the transaction that is open or on its own.</summary>
    Task<List<T>> QueryAsync<T>(string sql, PartKind kind, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken);
}
