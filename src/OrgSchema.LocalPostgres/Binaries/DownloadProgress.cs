namespace OrgSchema.LocalPostgres;

/// <summary>How far a download is.</summary>
/// <param name="Bytes">Bytes received so far.</param>
/// <param name="Total">Bytes in all; <see langword="null"/> when the server does not say.</param>
public readonly record struct DownloadProgress(long Bytes, long? Total);
