namespace OrgSchema.Online;

/// <summary>A migrator that tells of each statement which locks it really took.</summary>
public static class TracedMigrator
{
    /// <summary>Prepares it, for a throw-away copy: the questions to the server cost some milliseconds a statement, and locks are held meanwhile.</summary>
    /// <param name="options">Every knob.</param>
    /// <param name="tell">Told of each statement, once it is committed.</param>
    /// <param name="progress">As of <see cref="Migrator"/>.</param>
    public static Migrator Create(MigratorOptions options, Action<TracedStatement> tell, IProgress<MigrationEvent>? progress = null) =>
        new(options, progress) { Sender = session => new LockTrace(session, options, tell) };
}
