using NUnit.Framework;

namespace OrgSchema.Tests;

/// <summary>Names and values come from the database, and the environment counts as it does for libpq.</summary>
public sealed class WhatTheTerminalSees : CommandTest
{
    [TestCase("\u001b]0;title\u0007", "\\x1b]0;title\\x07")]
    [TestCase("\u202egpj.exe", "\\u202egpj.exe")]
    [TestCase("\u009b31m", "\\x9b31m")]
    [TestCase("a\u007fb", "a\\x7fb")]
    public async Task Has_no_control_characters(string name, string shown)
    {
        var quoted = name.Replace("\"", "\"\"", StringComparison.Ordinal);
        await Orgschema.RunAsync(0, "migrate");
        await Database.ExecuteAsync($"CREATE VIEW \"{quoted}\" AS SELECT org_id FROM dsos");

        var refused = await Orgschema.RunAsync(6, "migrate", "down", "--all");

        Assert.That(refused.Output + refused.Error, Does.Contain(shown).And.Not.Contain(name));
        Assert.That((refused.Output + refused.Error).Where(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')), Is.Empty);
    }

    [TestCase("PGSSLMODE", "require")]
    [TestCase("PGSSLMODE", "verify-full")]
    [TestCase("PGCHANNELBINDING", "require")]
    [TestCase("PGREQUIREAUTH", "password")]
    public async Task Is_refused_where_the_environment_asks_for_more_than_the_server_has(string name, string value)
    {
        Orgschema.Environment[name] = value;

        Assert.That((await Orgschema.RunAsync("status")).ExitCode, Is.Not.Zero);

        Orgschema.Environment[name] = "nonsense";
        Assert.That((await Orgschema.RunAsync(2, "status")).Error, Does.Contain(name));
    }

    // Nobody answers there: https://www.rfc-editor.org/rfc/rfc5737
    [TestCase("192.0.2.1", "", "may be unencrypted")]
    [TestCase("192.0.2.1", "&sslmode=disable", "may be unencrypted")]
    [TestCase("192.0.2.1", "&sslmode=require", "the server's identity is not verified")]
    [TestCase("192.0.2.1", "&sslmode=verify-full", null)]
    [TestCase("127.0.0.1", "", null)]
    [TestCase("localhost", "", null)]
    [TestCase("[::1]", "", null)]
    public async Task Is_a_warning_where_somebody_on_the_way_could_listen(string host, string more, string? warning)
    {
        var result = await Orgschema.RunAsync(2, "status", "--database-url", $"postgres://u@{host}:9/d?connect_timeout=1{more}");

        Assert.That(result.Error, warning is null ? Does.Not.Contain("The connection to") : Does.Contain(warning));
    }

    [Test]
    public async Task Ends_after_fifty_mistakes()
    {
        Orgschema.Environment["ORGSCHEMA_CONFIG__ADMINS"] = string.Join(',', Enumerable.Range(0, 1060).Select(n => $"nobody-{n}"));

        var refused = await Orgschema.RunAsync(2, "status");

        Assert.That(refused.Error, Does.Contain("1060 mistakes").And.Contain("nobody-49").And.Not.Contain("nobody-50").And.Contain("and 1,010 more"));
    }

    [TestCase("csv", "\n=1+1,")]
    [TestCase("safe-csv", "\n'=1+1,")]
    public async Task Is_a_formula_only_where_it_may_be(string format, string cell)
    {
        await Orgschema.RunAsync(0, "migrate");
        await Database.ExecuteAsync("UPDATE organizations SET name = '=1+1'");
        await Orgschema.RunAsync(0, "migrate", "down", "--to", "20260226000200");
        var export = await Orgschema.RunAsync(0, "archive", "export", "organizations", "--format", format);

        Assert.That(export.Output.Replace(",=", "\n=", StringComparison.Ordinal).Replace(",'=", "\n'=", StringComparison.Ordinal), Does.Contain(cell));
    }

    [TestCase("644", true)]
    [TestCase("600", false)]
    [Platform(Exclude = "Win", Reason = "files have other rights there")]
    public async Task Is_a_warning_where_everybody_can_read_passwords(string mode, bool warns)
    {
        var file = Path.Combine(Orgschema.Folder, "fleet.txt");
        await File.WriteAllTextAsync(file, Database.Url);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32(mode, 8));

        Assert.That((await Orgschema.RunAsync(0, "status", "--targets", "fleet.txt")).Error.Contains("chmod 600", StringComparison.Ordinal), Is.EqualTo(warns));
    }
}
