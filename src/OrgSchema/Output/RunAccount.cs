using OrgSchema.Online;

namespace OrgSchema;

/// <summary>How far a run has come: what an error says was changed before it.</summary>
internal sealed class RunAccount
{
    /// <summary>Migrations that are done, in order.</summary>
    public List<MigrationFinished> Finished { get; } = [];

    /// <summary>Migrations that were recorded without being run.</summary>
    public IReadOnlyList<KnownMigration> Adopted { get; private set; } = [];

    /// <summary>The migration under way.</summary>
    public KnownMigration? Current { get; private set; }

    /// <summary>Whether it is one transaction: then nothing of it stays.</summary>
    public bool IsTransactional { get; private set; }

    /// <summary>Whether a part of it has committed.</summary>
    public bool IsHalfDone { get; private set; }

    /// <summary>Takes note of an event.</summary>
    public void Take(MigrationEvent value)
    {
        switch (value)
        {
            case MigrationStarted started:
                (Current, IsHalfDone) = (started.Migration, false);
                IsTransactional = started.IsTransactional;
                break;
            case StepEnded or BackfillProgressed { Batch: > 0 }:
                IsHalfDone = true;
                break;
            case MigrationsAdopted adopted:
                Adopted = adopted.Migrations;
                break;
            case MigrationFinished finished:
                Finished.Add(finished);
                (Current, IsHalfDone) = (null, false);
                break;
        }
    }
}
