using System.Reflection;
using TorchSharp;

namespace Cs336.Training.Tests;

/// <summary>
/// TorchSharp passes a number to libtorch in a <see cref="Scalar"/>, an object with a finalizer. Nothing keeps an
/// unnamed one alive during the native call: a collection at that moment frees the number under libtorch's hands.
/// A race shows it once in many runs, so the code itself is read: whoever makes a scalar must dispose of it too,
/// here and in every method of TorchSharp that is called from here.
/// </summary>
public sealed class ScalarLifetimeTests
{
    private readonly Dictionary<MethodBase, IReadOnlyList<MethodBase>> _called = [];

    [Fact]
    public void No_scalar_is_left_to_the_garbage_collector()
    {
        string[] faults = [.. CompiledCode.OwnMethods().SelectMany(Faults)];
        Assert.True(_called.Count > 500);
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    [Fact]
    public void A_scalar_left_to_the_garbage_collector_is_found() =>
        Assert.Contains(Called(typeof(torch.Tensor).GetMethod(nameof(torch.Tensor.square))!), IsScalarMaker);

    /// <summary>The ways from a method of ours to one that makes a scalar and does not dispose of one.</summary>
    private IEnumerable<string> Faults(MethodBase own)
    {
        HashSet<MethodBase> seen = [own];
        Queue<(MethodBase Method, string Way)> queue = new([(own, CompiledCode.NameOf(own))]);
        while (queue.TryDequeue(out (MethodBase Method, string Way) next))
        {
            IReadOnlyList<MethodBase> called = Called(next.Method);
            if (called.Count(IsScalarMaker) > called.Count(IsScalarDisposal)) yield return next.Way;
            foreach (MethodBase method in called)
                if (method.Module == typeof(torch).Module && method.DeclaringType != typeof(Scalar) && seen.Add(method))
                    queue.Enqueue((method, $"{next.Way} -> {CompiledCode.NameOf(method)}"));
        }
    }

    private static bool IsScalarMaker(MethodBase method) =>
        method is MethodInfo made && made.ReturnType == typeof(Scalar) && made.Module == typeof(torch).Module;

    private static bool IsScalarDisposal(MethodBase method) =>
        method.Name == nameof(IDisposable.Dispose) && (method.DeclaringType == typeof(Scalar)
            || method.DeclaringType == typeof(IDisposable));

    private IReadOnlyList<MethodBase> Called(MethodBase method) =>
        _called.TryGetValue(method, out IReadOnlyList<MethodBase>? called) ? called : _called[method] = [.. CompiledCode.ReadCalls(method)];
}
