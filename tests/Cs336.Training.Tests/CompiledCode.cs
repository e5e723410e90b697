using System.Reflection;
using System.Reflection.Emit;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

/// <summary>What methods call, read from their compiled code.</summary>
internal static class CompiledCode
{
    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>All methods of the model's and the training's packages.</summary>
    public static IEnumerable<MethodBase> OwnMethods() =>
        from assembly in new[] { typeof(TransformerLM).Assembly, typeof(AdamW).Assembly }
        from type in assembly.GetTypes()
        from method in type.GetMembers(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where method is MethodBase and not ConstructorInfo { IsStatic: true } // a static field keeps its scalar for good
        select (MethodBase)method;

    public static string NameOf(MethodBase method) => $"{method.DeclaringType?.Name}.{method.Name}";

    /// <summary>The methods that a method names.</summary>
    public static IEnumerable<MethodBase> ReadCalls(MethodBase method)
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
