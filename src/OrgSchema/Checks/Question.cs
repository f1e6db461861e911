using Npgsql;
using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Question to a database: SQL that only reads, and the judge of its rows.</summary>
/// <param name="Sql">One statement.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="JudgeAsync">Reads its rows, and finds what is wrong with them.</param>
internal sealed record Question(string Sql, NpgsqlParameter[] Parameters, Func<NpgsqlDataReader, CancellationToken, Task<IEnumerable<Finding>>> JudgeAsync)
{
    /// <summary>Question of which each row is a finding.</summary>
    public static Question Of(string sql, Func<NpgsqlDataReader, Finding> read, params NpgsqlParameter[] parameters) =>
        Of(sql, read, found => found, parameters);

    /// <summary>Question of which all rows are judged together.</summary>
    public static Question Of<T>(string sql, Func<NpgsqlDataReader, T> read, Func<List<T>, IEnumerable<Finding>> judge, params NpgsqlParameter[] parameters) =>
        new(sql, parameters, async (reader, token) => judge(await reader.RowsAsync(read, token)));

    /// <summary>Command for a batch. It is new each time, because a question may be asked again.</summary>
    public NpgsqlBatchCommand Command()
    {
        var command = new NpgsqlBatchCommand(Sql);
        command.Parameters.AddRange(Array.ConvertAll(Parameters, parameter => parameter.Clone()));
        return command;
    }
}
