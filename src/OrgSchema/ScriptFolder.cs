using OrgSchema.Online;

namespace OrgSchema;

/// <summary>Where SQL files are written.</summary>
/// <param name="Path">The folder; made when it is needed.</param>
internal sealed record ScriptFolder(string Path)
{
    /// <summary>Writes files, all or none. Those that are there with the same text stay.</summary>
    /// <exception cref="RequestException">A file is there with another text, or cannot be written.</exception>
    public void Write(IReadOnlyList<ScriptFile> files) => Try(() =>
    {
        Prepare(files);
        foreach (var file in files)
            File.WriteAllText(PathOf(file), file.Sql);
    });

    /// <summary>Finds out whether <see cref="Write"/> would succeed, before something is done that it should go with.</summary>
    /// <exception cref="RequestException">A file is there with another text, or none can be written.</exception>
    public void EnsureWritable(IReadOnlyList<ScriptFile> files) => Try(() =>
    {
        Prepare(files);
        using var probe = new FileStream(System.IO.Path.Combine(Path, System.IO.Path.GetRandomFileName()), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
    });

    /// <summary>Deletes files, as far as they are there.</summary>
    /// <exception cref="RequestException">A file cannot be deleted.</exception>
    public void Delete(IReadOnlyList<ScriptFile> files) => Try(() =>
    {
        foreach (var path in files.Select(PathOf).Where(File.Exists))
            File.Delete(path);
    });

    private void Prepare(IReadOnlyList<ScriptFile> files)
    {
        if (files.FirstOrDefault(file => File.Exists(PathOf(file)) && File.ReadAllText(PathOf(file)) != file.Sql) is { } other)
            throw new RequestException($"{PathOf(other)} is there with another text.", "Delete it or move it away, or give another folder.");
        Directory.CreateDirectory(Path);
    }

    private string PathOf(ScriptFile file) => System.IO.Path.Combine(Path, file.Name);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RequestException($"{Path} cannot be written: {e.Message}", "Give a folder where you may write.");
        }
    }
}
