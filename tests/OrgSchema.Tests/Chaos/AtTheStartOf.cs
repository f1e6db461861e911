using OrgSchema.Online;

namespace OrgSchema.Tests;

/// <summary>Something happens half-way through a run: when a migration has been announced, and before it does anything.</summary>
internal sealed class AtTheStartOf(string migration, Func<Task> happens) : IProgress<MigrationEvent>
{
    private bool _hasHappened;

    public void Report(MigrationEvent value)
    {
        if (_hasHappened || value is not MigrationStarted { Migration.Name: var name } || name != migration)
            return;
        _hasHappened = true;
        happens().GetAwaiter().GetResult(); // the run waits for it, as nothing else would make it
    }
}
