using Npgsql;

namespace OrgSchema.Online;

/// <summary>One way of a rehearsal, and when it was gone.</summary>
/// <param name="Leg">Which.</param>
/// <param name="Began">When it began, in UTC.</param>
/// <param name="Ended">When it had ended.</param>
public sealed record RehearsedLeg(Leg Leg, DateTime Began, DateTime Ended);

/// <summary>A finding, and on which way it was found.</summary>
/// <param name="Leg">On which way.</param>
/// <param name="Found">The finding.</param>
public sealed record FindingOfLeg(Leg Leg, TracedFinding Found);

/// <summary>What was seen on a copy of full size that clients use.</summary>
public sealed record BusyResult
{
    /// <summary>Statements of the migrations, with the locks that they really took.</summary>
    public required IReadOnlyList<TracedStatement> Statements { get; init; }

    /// <summary>Statements of the clients.</summary>
    public required IReadOnlyList<ClientRequest> Requests { get; init; }

    /// <summary>The ways.</summary>
    public required IReadOnlyList<RehearsedLeg> Legs { get; init; }

    /// <summary>What is wrong with the statements.</summary>
    public required IReadOnlyList<FindingOfLeg> Findings { get; init; }

    /// <summary>Why it ended before its end; null: it did not.</summary>
    public Finding? Failure { get; init; }

    /// <summary>What clients noticed while a statement ran or its locks were held; null if they sent nothing then.</summary>
    public ClientRequest? SlowestDuring(TracedStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        var ended = statement.Began + statement.Locks.Select(taken => taken.Held).Append(statement.Duration).Max();
        return Requests.Where(request => request.Due <= ended && request.Ended >= statement.Began).MaxBy(request => request.Latency);
    }

    /// <summary>Statements of clients before the first migration began, to compare with.</summary>
    public IReadOnlyList<ClientRequest> Before => [.. Requests.Where(request => Legs.Count == 0 || request.Ended < Legs[0].Began)];
}

/// <summary>Goes every <see cref="Leg"/> on a copy of full size, while clients use it, and traces the locks.</summary>
/// <param name="options">What to look at.</param>
/// <param name="copy">The copy, with its rows.</param>
/// <param name="progress">Told what happens.</param>
public sealed class BusyRehearsal(RehearsalOptions options, DatabaseCopy copy, IProgress<MigrationEvent> progress)
{
    private readonly ApiSurface _api = new(options.ExposedSchemas, options.OpenRoles);

    /// <summary>Runs it. A migration that fails ends it, and is a finding.</summary>
    public async Task<BusyResult> RunAsync(CancellationToken cancellationToken)
    {
        var (statements, legs, findings, failure) = (new List<TracedStatement>(), new List<RehearsedLeg>(), new List<FindingOfLeg>(), (Finding?)null);
        var journey = new Journey(options.Migrator, copy, progress, statements.Add);
        await journey.BeginAsync(cancellationToken);
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(copy.OwnerConnectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var clients = await Clients.StartAsync(copy.OwnerConnectionString, options.Clients, cancellationToken);
        if (options.Clients.Count > 0)
            await Task.Delay(options.Prelude, cancellationToken);
        var before = await SchemaState.ReadAsync(connection, _api, cancellationToken);
        foreach (var leg in Enum.GetValues<Leg>().TakeWhile(_ => failure is null))
        {
            if ((await journey.StepsAsync(leg, cancellationToken)).Count == 0)
                continue;
            // Until contract, what these migrations have made is in nobody's way yet: not on the way down either.
            if (leg == Leg.Contract)
                before = await SchemaState.ReadAsync(connection, _api, cancellationToken);
            var (began, first) = (DateTime.UtcNow, statements.Count);
            try
            {
                await journey.RunAsync(leg, cancellationToken);
            }
            catch (OnlineMigrationException e)
            {
                failure = new Finding(FindingCatalog.MigrationFailed.Id, e.Message, e.Remedy);
            }

            legs.Add(new RehearsedLeg(leg, began, DateTime.UtcNow));
            var found = await TraceFindings.FindAsync(connection, before, statements[first..], _api, cancellationToken);
            findings.AddRange(found.Select(found => new FindingOfLeg(leg, found)));
        }

        return new BusyResult { Statements = statements, Requests = await clients.StopAsync(), Legs = legs, Findings = findings, Failure = failure };
    }
}
