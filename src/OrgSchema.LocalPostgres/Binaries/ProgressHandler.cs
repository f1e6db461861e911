namespace OrgSchema.LocalPostgres;

/// <summary>Tells how far the responses of an <see cref="HttpClient"/> are. Small ones, such as checksums, are passed over.</summary>
internal sealed class ProgressHandler(IProgress<DownloadProgress>? progress) : DelegatingHandler(new HttpClientHandler())
{
    private const int WorthTelling = 100_000;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (progress is null || response.Content.Headers.ContentLength is < WorthTelling)
            return response;

        var counted = new StreamContent(new CountingStream(await response.Content.ReadAsStreamAsync(cancellationToken), response.Content.Headers.ContentLength, progress));
        foreach (var (name, values) in response.Content.Headers)
            counted.Headers.TryAddWithoutValidation(name, values);
        response.Content = counted;
        return response;
    }

    /// <summary>Reports what is read through it.</summary>
    private sealed class CountingStream(Stream source, long? total, IProgress<DownloadProgress> progress) : Stream
    {
        private long _read;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await source.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => Count(source.Read(buffer, offset, count));

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                source.Dispose();
            base.Dispose(disposing);
        }

        private int Count(int bytes)
        {
            _read += bytes;
            progress.Report(new DownloadProgress(_read, total));
            return bytes;
        }
    }
}
