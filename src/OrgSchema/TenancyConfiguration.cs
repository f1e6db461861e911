using Microsoft.Extensions.Configuration;

namespace OrgSchema;

/// <summary>
/// Where the <see cref="Tenancy"/> comes from: environment variables, over <c>orgschema.json</c>, over the shipped default.
/// </summary>
/// <remarks>
/// The file is <c>{ "organization": { "name": "...", "slug": "..." }, "owner": "uuid", "admins": ["uuid"], "members": [],
/// "revokeAccess": ["uuid"] }</c>; every key is optional. A variable has the same names, such as
/// <c>ORGSCHEMA_CONFIG__ORGANIZATION__SLUG</c>; a list is one variable with commas, <c>ORGSCHEMA_CONFIG__ADMINS=uuid,uuid</c>.
/// A list replaces the one below it, also when it is empty.
/// </remarks>
public static class TenancyConfiguration
{
    /// <summary>The file that is read, where it exists, from the current directory.</summary>
    public const string FileName = "orgschema.json";

    /// <summary>What the environment variables start with.</summary>
    public const string EnvironmentPrefix = "ORGSCHEMA_CONFIG__";

    /// <summary>Reads and checks the configuration.</summary>
    /// <param name="configPath">File that must exist; null for <see cref="FileName"/> in <paramref name="directory"/>, which need not.</param>
    /// <param name="directory">Null for the current directory.</param>
    /// <exception cref="ConfigurationException">Something is wrong with it: all mistakes at once.</exception>
    public static Tenancy Load(string? configPath = null, string? directory = null)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();
        var file = configPath is null
            ? TenancyFile.Read(Path.Combine(directory ?? Directory.GetCurrentDirectory(), FileName), isOptional: true)
            : TenancyFile.Read(configPath, isOptional: false);
        var reader = new TenancyReader(file, environment);
        var tenancy = reader.Read();
        return reader.Mistakes is [] ? tenancy : throw new ConfigurationException(reader.Mistakes);
    }
}
