using System.Data.Common;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>A connection that is opened once, not pooled, and used for built-in types: to learn all others costs a query each time.</summary>
public static class OneConnection
{
    /// <summary>
    /// The target of such a connection. Kerberos is not asked whether it would encrypt, unless the target says so: to find out
    /// that it is not set up takes as long as a query.
    /// </summary>
    /// <param name="connectionString">Npgsql's connection string of the target.</param>
    public static NpgsqlConnectionStringBuilder To(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        if (!new DbConnectionStringBuilder { ConnectionString = target.ConnectionString }.ContainsKey(DatabaseUrl.Keywords["gssencmode"]))
            target.GssEncryptionMode = GssEncryptionMode.Disable;
        return target;
    }

    /// <summary>Opens it.</summary>
    /// <param name="target">What <see cref="To"/> returned, and changes to it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="NpgsqlException">As <see cref="NpgsqlConnection.OpenAsync(CancellationToken)"/> throws it; <see cref="ConnectionFailure"/> explains it.</exception>
    /// <remarks>
    /// By a data source of its own: of each connection string that a connection is made of, Npgsql keeps some 70 KiB for as long as
    /// the process lives, and a fleet has hundreds. Disposing the source ends no connection that is in use.
    /// </remarks>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var wanted = target.TargetSessionAttributes;
        var builder = new NpgsqlDataSourceBuilder(target.ConnectionString);
        builder.ConnectionStringBuilder.TargetSessionAttributes = null; // A source does not take it from there.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        await using var source = builder.Build();
        return source is NpgsqlMultiHostDataSource hosts && wanted is not null
            ? await hosts.OpenConnectionAsync(Enum.Parse<TargetSessionAttributes>(wanted.Replace("-", "", StringComparison.Ordinal), ignoreCase: true), cancellationToken)
            : await source.OpenConnectionAsync(cancellationToken);
    }
}
