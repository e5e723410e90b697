using System.Reflection;
using TorchSharp;

namespace Cs336.Training.Tests;

/// <summary>
/// TorchSharp's native functions turn libtorch's errors into exceptions, all but a few, which let them end the process. None of those
/// that can fail is called from here, by way of whichever method of TorchSharp.
/// </summary>
public sealed class UnguardedCallTests
{
    /// <summary>Those of TorchSharp 0.107.0 that take a tensor and catch nothing.</summary>
    private static readonly string[] Unguarded =
        ["THSAutograd_grad", "THSTensor_matmul", "THSTensor_cummax", "THSTensor_cummin", "THSGenerator_set_rng_state",
            "THSStorage_set_nbytes"];

    /// <summary>The one caller that checks before what libtorch would refuse.</summary>
    private const string Checked = $"{nameof(TorchRandom)}.{nameof(TorchRandom.Set)}";

    [Fact]
    public void No_native_function_is_called_whose_failure_ends_the_process()
    {
        string[] ways = [.. CompiledCode.OwnMethods().SelectMany(Ways)];
        Assert.Equal([Checked], ways.Select(way => way.Split(" -> ")[0]).Distinct());
    }

    [Theory]
    [InlineData(nameof(torch.Tensor.matmul))]
    [InlineData(nameof(torch.Tensor.cummax))]
    public void Such_a_function_is_found(string method) => Assert.NotEmpty(Ways(typeof(torch.Tensor).GetMethod(method)!));

    private static IEnumerable<string> Ways(MethodBase own)
    {
        HashSet<MethodBase> seen = [own];
        Queue<(MethodBase Method, string Way)> queue = new([(own, CompiledCode.NameOf(own))]);
        while (queue.TryDequeue(out (MethodBase Method, string Way) next))
        {
            if (Unguarded.Contains(next.Method.Name)) yield return next.Way;
            foreach (MethodBase method in CompiledCode.ReadCalls(next.Method))
                if (method.Module == typeof(torch).Module && seen.Add(method))
                    queue.Enqueue((method, $"{next.Way} -> {CompiledCode.NameOf(method)}"));
        }
    }
}
