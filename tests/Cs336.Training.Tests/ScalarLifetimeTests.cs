using System.Reflection;
using System.Reflection.Emit;
using Cs336.Transformer;
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
    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly Dictionary<MethodBase, IReadOnlyList<MethodBase>> _called = [];

    [Fact]
    public void No_scalar_is_left_to_the_garbage_collector()
    {
        string[] faults = [.. OwnMethods().SelectMany(Faults)];
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
        Queue<(MethodBase Method, string Way)> queue = new([(own, NameOf(own))]);
        while (queue.TryDequeue(out (MethodBase Method, string Way) next))
        {
            IReadOnlyList<MethodBase> called = Called(next.Method);
            if (called.Count(IsScalarMaker) > called.Count(IsScalarDisposal)) yield return next.Way;
            foreach (MethodBase method in called)
                if (method.Module == typeof(torch).Module && method.DeclaringType != typeof(Scalar) && seen.Add(method))
                    queue.Enqueue((method, $"{next.Way} -> {NameOf(method)}"));
        }
    }

    private static string NameOf(MethodBase method) => $"{method.DeclaringType?.Name}.{method.Name}";

    private static IEnumerable<MethodBase> OwnMethods() =>
        from assembly in new[] { typeof(TransformerLM).Assembly, typeof(AdamW).Assembly }
        from type in assembly.GetTypes()
        from method in type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where method is MethodBase and not ConstructorInfo { IsStatic: true } // a static field keeps its scalar for good
        select (MethodBase)method;

    private static bool IsScalarMaker(MethodBase method) =>
        method is MethodInfo made && made.ReturnType == typeof(Scalar) && made.Module == typeof(torch).Module;

    private static bool IsScalarDisposal(MethodBase method) =>
        method.Name == nameof(IDisposable.Dispose) && (method.DeclaringType == typeof(Scalar) || method.DeclaringType == typeof(IDisposable));

    private IReadOnlyList<MethodBase> Called(MethodBase method) =>
        _called.TryGetValue(method, out IReadOnlyList<MethodBase>? called) ? called : _called[method] = [.. ReadCalls(method)];

    private static IEnumerable<MethodBase> ReadCalls(MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code) yield break;
        Type[]? ofType = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (int at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE)
                value = (short)((value << 8) | code[at++]);
            OpCode instruction = OpCodes[value];
            if (instruction.OperandType == OperandType.InlineMethod
                && method.Module.ResolveMethod(BitConverter.ToInt32(code, at), ofType, ofMethod) is { } target)
            {
                yield return target;
            }

            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }
}
