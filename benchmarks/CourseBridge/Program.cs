using Cs336.Benchmarks;

// Serves the adapters of docs/assignment.md over standard input and output, one call after the other, until the input ends.
// What libraries print would disturb the answers, so it goes to standard error.
using Stream input = new BufferedStream(Console.OpenStandardInput(), 1 << 16);
using Stream output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
Console.SetOut(Console.Error);
Channel channel = new(input, output);
CourseCalls calls = new(channel);
while (channel.Read() is Request request)
{
    try
    {
        if (request.NeedsLibTorch) LibTorch.EnsureLoaded();
        using DisposeScope? scope = request.NeedsLibTorch ? NewDisposeScope() : null;
        channel.Write(calls.Answer(request));
    }
    catch (Exception exception)
    {
        // The test that called is told, and fails or expects it; the bridge goes on.
        channel.WriteError($"{exception.GetType().Name}: {exception.Message}");
    }
}
