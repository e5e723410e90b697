using System.Reflection;

namespace Cs336.Hosting.Tests.Seams;

/// <summary>A blob service in memory that fails when it is told to, behind the interface that docs/seams.md defines.</summary>
public class MemoryBlobs : DispatchProxy
{
    public SortedDictionary<string, byte[]> Blobs { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>How many more calls are answered before the service is gone.</summary>
    public int CallsLeft { get; set; } = int.MaxValue;

    public bool RefusesToDelete { get; set; }

    public static MemoryBlobs New() => (MemoryBlobs)Create(SeamsPage.TypeOf("IBlobClient"), typeof(MemoryBlobs));

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (CallsLeft-- <= 0) throw new IOException("The service is gone.");
        string name = (string)args![0]!;
        switch (targetMethod!.Name)
        {
            case "PutIfAbsentAsync":
                using (MemoryStream content = new())
                {
                    ((Stream)args[1]!).CopyTo(content);
                    return Task.FromResult(Blobs.TryAdd(name, content.ToArray()));
                }
            case "ListAsync":
                return Task.FromResult<IReadOnlyList<string>>(
                    [.. Blobs.Keys.Where(blob => blob.StartsWith(name, StringComparison.Ordinal)).Reverse()]);
            case "GetAsync":
                return Task.FromResult<Stream?>(
                    Blobs.TryGetValue(name, out byte[]? found) ? new MemoryStream(found, writable: false) : null);
            default:
                if (RefusesToDelete) throw new UnauthorizedAccessException("Nothing may be deleted.");
                Blobs.Remove(name);
                return Task.CompletedTask;
        }
    }
}
