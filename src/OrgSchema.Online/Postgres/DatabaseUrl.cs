using System.Globalization;
using Npgsql;

namespace OrgSchema.Online;

/// <summary>Reads what people paste: a <c>postgres://</c> URL as libpq defines it, or an Npgsql connection string.</summary>
/// <remarks>
/// Npgsql takes no URLs. The form, with several hosts and percent-encoding in every part:
/// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS.
/// </remarks>
public static class DatabaseUrl
{
    // Parameters of libpq that Npgsql has under another name.
    internal static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["gssencmode"] = "GSS Encryption Mode",
        ["host"] = "Host",
        ["options"] = "Options",
        ["password"] = "Password",
        ["port"] = "Port",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslmode"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    // What other clients of the same URL understand and a migration has no use for.
    private static readonly HashSet<string> Ignored = new(StringComparer.Ordinal)
    {
        "connection_limit", "pgbouncer", "pool_timeout", "schema", "statement_cache_size", "uselibpqcompat", "workaround",
    };

    /// <summary>Reads a URL or a connection string.</summary>
    /// <param name="text"><c>postgres://user:password@host:port/database?sslmode=require</c> or <c>Host=...;Username=...</c>.</param>
    /// <exception cref="TargetException">It is neither. The message names the part, and never holds the password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || !text[..scheme].All(c => char.IsAsciiLetter(c) || c is ':' or '+')) // a password of a connection string may hold a '://'
            return ParseConnectionString(text);
        return text[..scheme] is "postgres" or "postgresql"
            ? ParseUrl(text[(scheme + 3)..])
            : throw new TargetException($"The database URL starts with '{text[..scheme]}://', not with 'postgres://'.", "Give a URL such as postgres://user:password@host:5432/database.");
    }

    private static NpgsqlConnectionStringBuilder ParseConnectionString(string text)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(builder.Host)
                ? throw new TargetException("The connection string names no host.", "Give 'Host=...;Username=...;Password=...;Database=...' or a postgres:// URL.")
                : Verified(builder);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException or NotSupportedException or OverflowException)
        {
            throw new TargetException($"The connection string cannot be read{Keyword(e)}.", "Give 'Host=...;Username=...;Password=...;Database=...' or a postgres:// URL.");
        }
    }

    // Only a keyword that Npgsql knows is repeated: an unknown one may be the rest of a password with a ';' in it.
    private static string Keyword(Exception e) =>
        e is ArgumentException { ParamName: { } name } && new NpgsqlConnectionStringBuilder().ContainsKey(name) ? $": the value of '{name}' does not fit" : "";

    private static NpgsqlConnectionStringBuilder ParseUrl(string rest)
    {
        // A raw '/' or '?' in a password ends it too early, and the '@' that should end it is found in what follows: without
        // this look a piece of the password would be taken for a host, a database or a parameter - and shown.
        var end = rest.IndexOfAny(['/', '?']);
        if (end >= 0 && rest.IndexOf('@', end) >= 0)
            throw new TargetException("The database URL has an '@' behind the host: a '/' or a '?' before it may belong to the password.", Encode);
        var query = Cut(ref rest, '?', fromEnd: false);
        var database = Cut(ref rest, '/', fromEnd: false);
        var hosts = Cut(ref rest, '@', fromEnd: true) ?? Take(ref rest);
        var password = Cut(ref rest, ':', fromEnd: false);

        var builder = new NpgsqlConnectionStringBuilder();
        SetHosts(builder, hosts);
        if (rest.Length > 0)
            builder.Username = Decode(rest, "user name");
        if (password is not null)
            builder.Password = Decode(password, "password");
        if (!string.IsNullOrEmpty(database))
            builder.Database = Decode(database, "database name");
        foreach (var parameter in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
            SetParameter(builder, parameter, mayBeSecret: query!.Contains("password=", StringComparison.Ordinal));
        return string.IsNullOrEmpty(builder.Host)
            ? throw new TargetException("The database URL names no host.", "Give a URL such as postgres://user:password@host:5432/database.")
            : Verified(builder);
    }

    // What libpq does with the same words and environment, where Npgsql does less:
    // https://www.postgresql.org/docs/current/libpq-ssl.html#LIBQ-SSL-CERTIFICATES
    private static NpgsqlConnectionStringBuilder Verified(NpgsqlConnectionStringBuilder builder)
    {
        if (!builder.ShouldSerialize("SSL Mode") && Variable("PGSSLMODE") is { } mode)
            Set(builder, "SSL Mode", SslModeOf(mode), "PGSSLMODE", "disable, allow, prefer, require, verify-ca or verify-full");
        if (!builder.ShouldSerialize("Channel Binding") && Variable("PGCHANNELBINDING") is { } binding)
            Set(builder, "Channel Binding", binding, "PGCHANNELBINDING", "disable, prefer or require");
        if (Variable("PGREQUIREAUTH") is { } method && !builder.ShouldSerialize("Require Auth"))
            Set(builder, "Require Auth", method, "PGREQUIREAUTH", "scram-sha-256, md5, password, gss, sspi or none");
        var root = builder.RootCertificate ?? Variable("PGSSLROOTCERT");
        if (root == "system")
        {
            if (builder.ShouldSerialize("SSL Mode") && builder.SslMode != SslMode.VerifyFull)
                throw new TargetException("sslrootcert=system goes with sslmode=verify-full only.", "Leave sslmode out, or set it to verify-full.");
            builder.RootCertificate = null;
            builder.SslMode = SslMode.VerifyFull;
        }
        else if (root is not null && builder.SslMode == SslMode.Require)
        {
            builder.SslMode = SslMode.VerifyCA;
        }

        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string keyword, string value, string variable, string values)
    {
        try
        {
            builder[keyword] = value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new TargetException($"The environment variable {variable} has an unknown value.", $"Set {variable} to {values}, or unset it.");
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static void SetHosts(NpgsqlConnectionStringBuilder builder, string hosts)
    {
        if (hosts.Length == 0)
            return;
        var several = hosts.Split(',');
        foreach (var host in several)
        {
            var colon = host.LastIndexOf(':');
            if (colon > host.LastIndexOf(']') && !IsPort(host[(colon + 1)..]))
            {
                throw new TargetException(
                    $"The port '{Shown(host[(colon + 1)..])}' in the database URL is not a number from 1 to 65535.",
                    $"Check the part after the host. {Encode}");
            }
        }

        if (several is [var only] && only.LastIndexOf(':') is var at && at > only.LastIndexOf(']'))
        {
            builder.Host = Decode(only[..at], "host").Trim('[', ']');
            builder.Port = int.Parse(only[(at + 1)..], CultureInfo.InvariantCulture);
        }
        else
        {
            builder.Host = several is [var one] ? Decode(one, "host").Trim('[', ']') : Decode(hosts, "host");
        }
    }

    private const string Encode = "In a password, a user name or a value these must be percent-encoded: '@' is %40, ':' is %3A, '/' is %2F, '?' is %3F.";

    // With a raw '@' or '/' in a password, what looks like a port is a piece of the password: say nothing of it.
    private static string Shown(string port) => port.Length <= 6 && port.All(char.IsDigit) ? port : "...";

    private static bool IsPort(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535;

    private static void SetParameter(NpgsqlConnectionStringBuilder builder, string parameter, bool mayBeSecret)
    {
        var value = Cut(ref parameter, '=', fromEnd: false) ?? "";
        var name = Decode(parameter, "parameter");
        if (Ignored.Contains(name))
            return;
        if (!Keywords.TryGetValue(name, out var keyword))
            throw new TargetException($"The database URL has a parameter {(mayBeSecret ? "" : $"'{name}' ")}that is not known.", $"Leave it out. Known are: {string.Join(", ", Keywords.Keys)}.");
        value = Decode(value, name);
        try
        {
            builder[keyword] = name switch
            {
                "sslmode" => SslModeOf(value),
                "target_session_attrs" => value.Replace('_', '-'),
                _ => value,
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new TargetException($"The database URL has a value for '{name}' that does not fit.", $"See https://www.postgresql.org/docs/current/libpq-connect.html for the values of {name}.");
        }
    }

    // libpq: verify-ca, verify-full; node-postgres has no-verify, which is libpq's require.
    private static string SslModeOf(string value) => value switch
    {
        "no-verify" => nameof(SslMode.Require),
        "verify-ca" => nameof(SslMode.VerifyCA),
        "verify-full" => nameof(SslMode.VerifyFull),
        _ => value,
    };

    /// <summary>Splits <paramref name="text"/> at <paramref name="separator"/>, leaves the part before it and returns the part after it.</summary>
    private static string? Cut(ref string text, char separator, bool fromEnd)
    {
        var at = fromEnd ? text.LastIndexOf(separator) : text.IndexOf(separator, StringComparison.Ordinal);
        if (at < 0)
            return null;
        var after = text[(at + 1)..];
        text = text[..at];
        return after;
    }

    private static string Take(ref string text)
    {
        var all = text;
        text = "";
        return all;
    }

    private static string Decode(string text, string part)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
                throw new TargetException($"The {part} in the database URL has a '%' that is not followed by two hexadecimal digits.", "Percent-encode it: '%' itself is written %25.");
        }

        var decoded = Uri.UnescapeDataString(text);
        return decoded.Contains('\0', StringComparison.Ordinal)
            ? throw new TargetException($"The {part} in the database URL has a character U+0000.", "Take it out: PostgreSQL has no such character.")
            : decoded;
    }
}
