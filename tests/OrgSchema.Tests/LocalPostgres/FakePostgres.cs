namespace OrgSchema.Tests;

/// <summary>Shell scripts that say they are PostgreSQL.</summary>
internal static class FakePostgres
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    public static string Create(string folder, string version)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "initdb", "pg_ctl", "postgres" })
        {
            File.WriteAllText(Path.Combine(folder, name), $"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(folder, name), Executable);
        }

        return folder;
    }
}
