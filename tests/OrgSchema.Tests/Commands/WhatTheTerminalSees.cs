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
    public async Task Is_refused_where_the_environment_asks_for_more_than_the_server_has(string name, string value)
    {
        Orgschema.Environment[name] = value;

        Assert.That((await Orgschema.RunAsync("status")).ExitCode, Is.Not.Zero);

        Orgschema.Environment[name] = "nonsense";
        Assert.That((await Orgschema.RunAsync(2, "status")).Error, Does.Contain(name));
    }
}
