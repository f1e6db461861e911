using System.Text;
using OrgSchema.Testing;

namespace OrgSchema.Benchmarks;

/// <summary>A project with very many migrations: written, built, applied, and then asked.</summary>
internal static class ManyBenchmark
{
    public static async Task<Section> RunAsync(int migrations, int rounds, CancellationToken cancellationToken)
    {
        var load = Machine.Load;
        var folder = Path.GetFullPath("artifacts/many");
        Write(folder, migrations);
        Machine.Say($"many: builds {migrations} migrations");
        await Processes.RunAsync(["dotnet", "build", folder, "--configuration", "Release", "-nologo", "--verbosity", "quiet"], new Dictionary<string, string?>(), cancellationToken);
        await using var server = await BenchServer.StartAsync();
        await server.FillAsync(0, 0, cancellationToken);
        await server.RenewAsync(0, cancellationToken);
        var program = Path.Combine(folder, "bin/Release/net10.0/Many.dll");
        var target = Processes.Target(server.Url);
        string[] Command(string what) => ["dotnet", program, server.ConnectionString(LocalPostgres.Baseline.MigratingRole), what];

        Machine.Say("many: applies them");
        var applying = await Processes.RunAsync(Command("migrate"), target, cancellationToken);
        var psql = new Timing("psql -c 'select 1'", "the floor");
        List<(Timing Timing, string[] Command)> all =
        [
            (psql, [server.Psql, "--no-psqlrc", "--command", "select 1", server.Url]),
            (new("start", "the program without a database, JIT"), Command("nothing")),
            (new("status", "JIT"), Command("status")),
            (new("migrate", "nothing to do, JIT"), Command("migrate")),
        ];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (timing, command) in all)
                timing.Add(await Processes.RunAsync(command, target, cancellationToken));
        }

        return new Section("many", $"{migrations:N0} migrations in one project", $"""
            {Section.Facts(server, load, $"{rounds} rounds; a generated project on the toolkit, built for .NET and started by dotnet")}

            {MarkdownTable.Of([Timing.Head("psql"), .. all.Select(one => one.Timing.Row(psql))])}

            To apply all of them took {applying.TotalSeconds:0.0} s, {Section.Milliseconds(applying / migrations)} ms each.
            """);
    }

    private static void Write(string folder, int migrations)
    {
        Directory.CreateDirectory(folder);
        // Nothing of the repository's own settings holds for it.
        foreach (var file in (string[])["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props"])
            File.WriteAllText(Path.Combine(folder, file), "<Project />\n");
        File.WriteAllText(Path.Combine(folder, "Many.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{Repository.PathOf("src/OrgSchema.Online/OrgSchema.Online.csproj")}" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), """
            using OrgSchema.Online;

            await using var migrator = new Migrator(new MigratorOptions { ConnectionString = args[0], Migrations = typeof(M1).Assembly.GetTypes(), PrivateSchema = "many" });
            if (args[1] == "migrate")
                await migrator.UpAsync(null, default);
            else if (args[1] == "status")
                await migrator.StatusAsync(default);
            """);
        var text = new StringBuilder("using OrgSchema.Online;\n\n");
        for (var number = 1; number <= migrations; number++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $$"""
                [Expand({{number}})]
                public sealed class M{{number}} : OnlineMigration
                {
                    public override void Up()
                    {
                        Create.Table("many_{{number}}").InSchema("public").WithColumn("id").AsInt64().PrimaryKey().WithColumn("name").AsString(100).Nullable();
                        Sql("COMMENT ON TABLE public.many_{{number}} IS 'number {{number}}'");
                    }

                    public override void Down() => Delete.Table("many_{{number}}").InSchema("public");
                }

                """);
        }

        File.WriteAllText(Path.Combine(folder, "Migrations.cs"), text.ToString());
    }
}
