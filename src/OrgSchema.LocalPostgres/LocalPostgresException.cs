namespace OrgSchema.LocalPostgres;

/// <summary>The local PostgreSQL cannot be had: what happened, and what to do about it.</summary>
public sealed class LocalPostgresException : Exception
{
    /// <summary>Creates the exception with a sentence for people.</summary>
    public LocalPostgresException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
