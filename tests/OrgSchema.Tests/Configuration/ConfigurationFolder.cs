using NUnit.Framework;

namespace OrgSchema.Tests.Configuration;

/// <summary>A current directory of its own, and environment variables that are gone afterwards.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    private readonly List<string> _variables = [];

    public string Path { get; } = Directory.CreateTempSubdirectory("orgschema-configuration").FullName;

    public ConfigurationFolder WithFile(string text, string name = TenancyConfiguration.FileName)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), text);
        return this;
    }

    public ConfigurationFolder WithVariable(string name, string value)
    {
        var variable = TenancyConfiguration.EnvironmentPrefix + name;
        Environment.SetEnvironmentVariable(variable, value);
        _variables.Add(variable);
        return this;
    }

    public Tenancy Load() => TenancyConfiguration.Load(directory: Path);

    public IReadOnlyList<string> Mistakes() => Assert.Throws<ConfigurationException>(() => Load())!.Mistakes;

    public void Dispose()
    {
        _variables.ForEach(variable => Environment.SetEnvironmentVariable(variable, null));
        Directory.Delete(Path, recursive: true);
    }
}
