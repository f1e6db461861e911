using FluentMigrator;

namespace OrgSchema.Online;

/// <summary>What a migration means for the version of the application that ran before it.</summary>
public enum Phase
{
    /// <summary>Safe with the old application.</summary>
    Expand,

    /// <summary>Fills rows; safe with the old application.</summary>
    Backfill,

    /// <summary>Ends the support of the old application; applied on explicit request only.</summary>
    Contract,
}

/// <summary>
/// A migration with a phase. With <see cref="TransactionBehavior.Default"/> it is one transaction: all or nothing, and tried again as a whole when a
/// lock is not to be had. With <see cref="TransactionBehavior.None"/> each step commits on its own.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public abstract class PhaseAttribute(long version, Phase phase, TransactionBehavior transaction) : MigrationAttribute(version, transaction)
{
    /// <summary>The phase.</summary>
    public Phase Phase { get; } = phase;

    /// <summary>Whether the Down is one transaction. Default: as the Up.</summary>
    public TransactionBehavior Down { get; set; } = transaction;

    /// <summary>
    /// Whether tables, indexes and constraints that FluentMigrator's Create verbs would make stay as they are where something of
    /// that name is there already. Default: no, it fails. Preflight has to tell them from a stranger's.
    /// </summary>
    public bool Adopts { get; set; }
}

/// <summary>Marks a migration that is safe with the old application.</summary>
public sealed class ExpandAttribute(long version, TransactionBehavior transaction = TransactionBehavior.Default)
    : PhaseAttribute(version, Phase.Expand, transaction);

/// <summary>Marks a migration that fills rows and is safe with the old application.</summary>
public sealed class BackfillAttribute(long version, TransactionBehavior transaction = TransactionBehavior.Default)
    : PhaseAttribute(version, Phase.Backfill, transaction);

/// <summary>Marks a migration that ends the support of the old application.</summary>
public sealed class ContractAttribute(long version, TransactionBehavior transaction = TransactionBehavior.Default)
    : PhaseAttribute(version, Phase.Contract, transaction);
