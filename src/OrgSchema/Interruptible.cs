namespace OrgSchema;

/// <summary>Work on files that people name: to open a pipe waits for its other end, and no file API takes a token for that.</summary>
internal static class Interruptible
{
    /// <summary>Does it on a thread of its own, which is left behind when the token is canceled.</summary>
    public static Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) => Task.Run(work, cancellationToken).WaitAsync(cancellationToken);
}
