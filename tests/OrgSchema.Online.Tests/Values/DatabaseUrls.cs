using Npgsql;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

public sealed class DatabaseUrls : DatabaseTest
{
    [TestCase("postgres://u:p@h:6000/d", "Host=h;Port=6000;Username=u;Password=p;Database=d")]
    [TestCase("  postgresql://u:p@h/d\n", "Host=h;Username=u;Password=p;Database=d")]
    [TestCase("postgres://h", "Host=h")]
    [TestCase("postgres://u@h", "Host=h;Username=u")]
    [TestCase("postgresql://postgres:s3cret@db.abcdefghijklm.supabase.co:5432/postgres", "Host=db.abcdefghijklm.supabase.co;Port=5432;Username=postgres;Password=s3cret;Database=postgres")]
    [TestCase("postgresql://postgres.abcdefghijklm:s3cret@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true&connection_limit=1", "Host=aws-0-eu-central-1.pooler.supabase.com;Port=6543;Username=postgres.abcdefghijklm;Password=s3cret;Database=postgres")]
    [TestCase("postgres://us%40er:p%40%3A%2F%23%3F%25w@h/d%2Fb", "Host=h;Username=us@er;Password=\"p@:/#?%w\";Database=d/b")]
    [TestCase("postgres://u:p#w@h/d", "Host=h;Username=u;Password=p#w;Database=d")]
    [TestCase("postgres://u:p@w:x@h/d", "Host=h;Username=u;Password=p@w:x;Database=d")]
    [TestCase("postgres://u:p@[::1]:6000/d", "Host=::1;Port=6000;Username=u;Password=p;Database=d")]
    [TestCase("postgres://u:p@[2001:db8::1]/d", "Host=2001:db8::1;Username=u;Password=p;Database=d")]
    [TestCase("postgres://u:p@one:6000,two:6001/d?target_session_attrs=primary", "Host=\"one:6000,two:6001\";Username=u;Password=p;Database=d;Target Session Attributes=primary")]
    [TestCase("postgres://u:p@one,two/d?target_session_attrs=read-write", "Host=\"one,two\";Username=u;Password=p;Database=d;Target Session Attributes=read-write")]
    [TestCase("postgres:///d?host=h&port=6000&user=u&password=p%20w", "Host=h;Port=6000;Username=u;Password=\"p w\";Database=d")]
    [TestCase("postgres://u:p@h/d?sslmode=verify-full&sslrootcert=/ca.pem", "Host=h;Username=u;Password=p;Database=d;SSL Mode=VerifyFull;Root Certificate=/ca.pem")]
    [TestCase("postgres://u:p@h/d?sslmode=require&sslrootcert=/ca.pem", "Host=h;Username=u;Password=p;Database=d;SSL Mode=VerifyCA;Root Certificate=/ca.pem")]
    [TestCase("postgres://u:p@h/d?sslrootcert=/ca.pem", "Host=h;Username=u;Password=p;Database=d;Root Certificate=/ca.pem")]
    [TestCase("postgres://u:p@h/d?sslrootcert=system", "Host=h;Username=u;Password=p;Database=d;SSL Mode=VerifyFull")]
    [TestCase("Host=h;SSL Mode=Require;Root Certificate=/ca.pem", "Host=h;SSL Mode=VerifyCA;Root Certificate=/ca.pem")]
    [TestCase("postgres://u:p@h/d?sslmode=no-verify&connect_timeout=3&application_name=a", "Host=h;Username=u;Password=p;Database=d;SSL Mode=Require;Timeout=3;Application Name=a")]
    [TestCase("Host=h;Username=u;Password=a://b", "Host=h;Username=u;Password=a://b")]
    public void Url_is_read(string url, string expected) =>
        Assert.That(DatabaseUrl.Parse(url), Is.EquivalentTo(new NpgsqlConnectionStringBuilder(expected)));

    [TestCase("postgress://u:p@h/d", "'postgress://'")]
    [TestCase("jdbc:postgresql://h/d", "'jdbc:postgresql://'")]
    [TestCase("postgres://", "names no host")]
    [TestCase("postgres://u:p@/d", "names no host")]
    [TestCase("postgres://u:p@h:54x2/d", "port")]
    [TestCase("postgres://u:p@h:0/d", "port '0'")]
    [TestCase("postgres://u:p@h:65536/d", "port '65536'")]
    [TestCase("postgres://u:p@h:/d", "port ''")]
    [TestCase("postgres://u:p@one:1,two:x/d", "port")]
    [TestCase("postgres://u:p@h/d?sslmod=require", "parameter 'sslmod'")]
    [TestCase("postgres://u:p@h/d?sslmode=maybe", "'sslmode'")]
    [TestCase("postgres://u:p@h/d?sslmode=require&sslrootcert=system", "verify-full only")]
    [TestCase("postgres://u:p@h/d?connect_timeout=soon", "'connect_timeout'")]
    [TestCase("postgres://u:p@h/d?connect_timeout=99999999999", "'connect_timeout'")]
    [TestCase("postgres://u:p@h/d?target_session_attrs=first", "'target_session_attrs'")]
    [TestCase("postgres://u:p%4@h/d", "password")]
    [TestCase("Username=u;Password=p", "names no host")]
    [TestCase("Host=h;Prot=5432", "cannot be read")]
    [TestCase("Host=h;Port=99999999999", "cannot be read")]
    [TestCase("", "names no host")]
    [TestCase("nonsense", "cannot be read")]
    public void Mistake_is_named(string url, string message) =>
        Assert.That(() => DatabaseUrl.Parse(url), Throws.TypeOf<TargetException>().With.Message.Contains(message).And.Property(nameof(TargetException.Remedy)).Not.Empty);

    [TestCase("postgres://h/d", GssEncryptionMode.Disable)]
    [TestCase("Host=h", GssEncryptionMode.Disable)]
    [TestCase("postgres://h/d?gssencmode=prefer", GssEncryptionMode.Prefer)]
    [TestCase("Host=h;GssEncryptionMode=Require", GssEncryptionMode.Require)]
    public void Kerberos_encrypts_where_the_target_says_so(string url, GssEncryptionMode expected) =>
        Assert.That(OneConnection.To(DatabaseUrl.Parse(url).ConnectionString).GssEncryptionMode, Is.EqualTo(expected));

    [TestCase("any")]
    [TestCase("primary")]
    [TestCase("read-write")]
    [TestCase("prefer-standby")]
    public async Task First_host_that_answers_as_asked_is_taken(string wanted)
    {
        var target = new NpgsqlConnectionStringBuilder(Database.ConnectionString);
        var url = Database.Url.Replace($"@{target.Host}:{target.Port}", $"@127.0.0.1:1,{target.Host}:{target.Port}", StringComparison.Ordinal) + $"?target_session_attrs={wanted}";
        await using var migrator = new TestMigrator(Database.Options() with { ConnectionString = DatabaseUrl.Parse(url).ConnectionString });

        Assert.That((await migrator.StatusAsync()).Migrations, Is.Empty);
    }

    [TestCase("postgres://postgres:{2}@127.0.0.1:1,{0}/{1}?target_session_attrs=standby", "answers as the URL asks (standby)")]
    [TestCase("postgres://postgres:{2}@127.0.0.1:1,{0}/{1}?target_session_attrs=read-only", "answers as the URL asks (read-only)")]
    [TestCase("postgres://postgres:wrong@{0}/{1}", "refuses the login of user 'postgres'")]
    [TestCase("postgres://postgres:{2}@{0}/nowhere", "There is no database 'nowhere'")]
    [TestCase("postgres://postgres:{2}@127.0.0.1:1/{1}", "Nothing answers at 127.0.0.1:1")]
    [TestCase("postgres://postgres:{2}@no.such.host.invalid/{1}", "The host 'no.such.host.invalid' is not known")]
    public void Target_that_cannot_be_reached_is_named(string url, string message)
    {
        var target = new NpgsqlConnectionStringBuilder(Database.ConnectionString);
        url = string.Format(null, url, $"{target.Host}:{target.Port}", target.Database, target.Password);
        var migrator = new TestMigrator(Database.Options() with { ConnectionString = DatabaseUrl.Parse(url).ConnectionString });

        Assert.That(
            () => migrator.StatusAsync(),
            Throws.TypeOf<TargetException>().With.Message.Contains(message).And.Message.Not.Contains(target.Password!));
    }
}
