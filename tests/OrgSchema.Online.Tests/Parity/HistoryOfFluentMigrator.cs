using FluentMigrator;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using OrgSchema.Testing;

namespace OrgSchema.Online.Tests;

[TestFixture(false, "public.\"VersionInfo\"")]
[TestFixture(true, "fluentmigrator.\"VersionInfo\"")]
public sealed class HistoryOfFluentMigrator(bool isElsewhere, string table) : DatabaseTest
{
    protected override string Schema => "CREATE TABLE public.accounts (cents integer); INSERT INTO public.accounts VALUES (1000)";

    [Test]
    public async Task Keeps_migrations_from_running_a_second_time()
    {
        RunPlainly(typeof(ToMills));
        await using var migrator = Migrator(typeof(ToMills), typeof(AddName));

        Assert.That(() => migrator.UpAsync(), Throws.TypeOf<FluentMigratorHistoryException>().With.Message.Contains($"{table} knows 1 version"));
        Assert.That(await CentsAsync(), Is.EqualTo(10_000));
    }

    [Test]
    public async Task Does_not_keep_others_from_running()
    {
        RunPlainly(typeof(ToMills));
        await using var migrator = Migrator(typeof(AddName));

        Assert.That((await migrator.UpAsync()).Done, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Is_taken_over_with_dates_and_descriptions()
    {
        RunPlainly(typeof(ToMills));
        await Database.ExecuteAsync($"""UPDATE {table} SET "AppliedOn" = '2024-05-06 07:08:09'""");

        Assert.That((await AdoptAsync(keep: false)).Select(migration => migration.Version), Is.EqualTo(new[] { 1 }));

        await using var migrator = Migrator(typeof(ToMills), typeof(AddName));
        var adopted = (await migrator.StatusAsync()).Migrations[0];
        Assert.That((adopted.State, adopted.AppliedOn), Is.EqualTo((MigrationState.Applied, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc))));
        Assert.That(await Database.ScalarAsync<string>("SELECT description FROM orgschema.schema_version"), Is.EqualTo("in mills"));
        Assert.That((await migrator.UpAsync()).Done.Select(migration => migration.Version), Is.EqualTo(new[] { 2 }));
        await migrator.DownAsync();
        Assert.That(await CentsAsync(), Is.EqualTo(1_000));
    }

    [Test]
    public async Task Follows_ours_where_it_is_kept()
    {
        RunPlainly(typeof(ToMills));
        await AdoptAsync(keep: true);
        await using (var migrator = Migrator(typeof(ToMills), typeof(AddName)))
            await migrator.UpAsync();

        RunPlainly(typeof(ToMills), typeof(AddName));
        RunPlainly(Direction.Down, typeof(ToMills), typeof(AddName));

        Assert.That(await CentsAsync(), Is.EqualTo(1_000));
    }

    [Test]
    public async Task Counts_no_more_once_ours_has_begun()
    {
        RunPlainly(typeof(ToMills));
        await AdoptAsync(keep: false);
        await using var migrator = Migrator(typeof(ToMills), typeof(AddName));
        await migrator.DownAsync();

        Assert.That(() => AdoptAsync(keep: false), Throws.TypeOf<RequestException>(), "what is reverted is not applied");
        await migrator.UpAsync();

        Assert.That(await CentsAsync(), Is.EqualTo(10_000));
    }

    [Test]
    public void Is_not_taken_over_where_there_is_none() =>
        Assert.That(() => AdoptAsync(keep: false), Throws.TypeOf<RequestException>().With.Message.EqualTo($"There are no versions in {table}."));

    [Test]
    public async Task Is_not_taken_over_twice()
    {
        RunPlainly(typeof(ToMills));
        await AdoptAsync(keep: false);

        Assert.That(() => AdoptAsync(keep: false), Throws.TypeOf<RequestException>().With.Message.Contains("a history in schema orgschema already"));
    }

    private void Services(IServiceCollection services)
    {
        if (isElsewhere)
            PlainRunner.InItsOwnSchema(services);
    }

    private void RunPlainly(params Type[] migrations) => RunPlainly(Direction.Up, migrations);

    private void RunPlainly(Direction direction, params Type[] migrations) => PlainRunner.Run(Database.ConnectionString, direction, Services, migrations);

    private TestMigrator Migrator(params Type[] migrations) => new(Database.Options(migrations) with { Services = Services });

    private async Task<IReadOnlyList<KnownMigration>> AdoptAsync(bool keep)
    {
        await using var migrator = new Migrator(Database.Options(typeof(ToMills), typeof(AddName)) with { Services = Services });
        return await migrator.AdoptFluentMigratorAsync(keep);
    }

    private Task<int> CentsAsync() => Database.ScalarAsync<int>("SELECT cents FROM public.accounts");

    [Migration(1, "in mills")]
    public sealed class ToMills : Migration
    {
        public override void Up() => Execute.Sql("UPDATE public.accounts SET cents = cents * 10");

        public override void Down() => Execute.Sql("UPDATE public.accounts SET cents = cents / 10");
    }

    [Migration(2)]
    public sealed class AddName : Migration
    {
        public override void Up() => Create.Column("name").OnTable("accounts").AsString().Nullable();

        public override void Down() => Delete.Column("name").FromTable("accounts");
    }
}
