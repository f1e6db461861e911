using System.Runtime.InteropServices;

using var stop = new CancellationTokenSource();

// The first signal ends the run in order; a second one ends the process.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using var streams = new OrgSchema.StandardStreams();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

return await OrgSchema.CommandLine.RunAsync(args, stop.Token);
