using System.CommandLine;

namespace OrgSchema;

/// <summary><c>seed</c>: something to develop against.</summary>
internal static class SeedCommand
{
    public static Command Create()
    {
        var command = new Command("seed", "Insert demo data: a user with profile, an organization, a membership, and three DSOs with access. Local databases only; safe to rerun.");
        command.SetAction(async (parsed, token) =>
        {
            var job = await Job.OpenAsync(parsed, token);
            if (!job.Target.IsLocal)
                await Seed.EnsureLocalAsync(job.Target, token);
            var planted = await Seed.PlantAsync(job.Target, token);
            job.Terminal.Show(new SeedDocument(planted), JsonDocuments.Default.SeedDocument, Wording.Seeded(planted));
            return ExitCode.Done;
        });
        return command;
    }
}
