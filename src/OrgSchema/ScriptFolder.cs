using System.Text;
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
        foreach (var file in files.Where(file => !File.Exists(PathOf(file))))
        {
            // A new file: the folder may be somebody else's, with a link in it that leads elsewhere.
            using var writer = new StreamWriter(PathOf(file), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write });
            writer.Write(file.Sql);
        }
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
        if (files.FirstOrDefault(IsOther) is { } other)
            throw new RequestException($"{PathOf(other)} exists with another text.", "Delete it or move it away, or give another folder.");
        Directory.CreateDirectory(Path);
    }

    // The length first: to read a pipe would wait for its other end.
    private bool IsOther(ScriptFile file)
    {
        var found = new FileInfo(PathOf(file));
        return found.Exists && (found.Length != Encoding.UTF8.GetByteCount(file.Sql) || File.ReadAllText(found.FullName) != file.Sql);
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
