using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrgSchema.LocalPostgres;

/// <summary>What one run tells the next about the kept server. Only its owner may read it: it holds the password.</summary>
/// <param name="Password">Of the superuser, and of the roles that log in.</param>
/// <param name="Port">The last port, tried first, so that a URL somebody noted stays true. 0: none yet.</param>
/// <param name="Binaries">Folder of the programs that the server was last started with.</param>
internal sealed record LocalState(string Password, int Port, string Binaries)
{
    /// <summary>Reads it; <see langword="null"/> when there is none that can be read.</summary>
    public static LocalState? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), LocalStateJson.Default.LocalState);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new FileStream(path + ".new", options))
            await JsonSerializer.SerializeAsync(file, this, LocalStateJson.Default.LocalState, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }
}

[JsonSerializable(typeof(LocalState))]
internal sealed partial class LocalStateJson : JsonSerializerContext;
