using System.CommandLine;
using OrgSchema.Benchmarks;

var root = new RootCommand("Measures OrgSchema. Every figure comes from the run that prints it.") { BackfillCommand.Create(), ScaleCommand.Create(), FleetCommand.Create(), StallCommand.Create() };
foreach (var command in StartupCommands.All)
    root.Add(command);
return await root.Parse(args).InvokeAsync();
