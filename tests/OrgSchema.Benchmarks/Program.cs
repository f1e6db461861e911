using System.CommandLine;
using OrgSchema.Benchmarks;

return await new RootCommand("Measures OrgSchema. Every figure comes from the run that prints it.") { BackfillCommand.Create(), ScaleCommand.Create(), FleetCommand.Create(), StallCommand.Create() }.Parse(args).InvokeAsync();
