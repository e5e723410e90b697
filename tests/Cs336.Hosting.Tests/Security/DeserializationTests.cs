using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using Cs336.Inference;
using Cs336.Serving;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Training.Tests;
using Cs336.Transformer;
using TorchSharp;

namespace Cs336.Hosting.Tests.Security;

/// <summary>Nothing that is read can name code to be run: no method of the packages calls what would load or make it.</summary>
public sealed class DeserializationTests
{
    private static readonly string[] Loaders =
    [
        nameof(Assembly.Load), nameof(Assembly.LoadFrom), nameof(Assembly.LoadFile), "LoadWithPartialName", "UnsafeLoadFrom", nameof(
            AssemblyLoadContext.LoadFromAssemblyName),
        nameof(AssemblyLoadContext.LoadFromAssemblyPath), nameof(AssemblyLoadContext.LoadFromStream), "load",
    ];

    private static readonly Type[] OfEach =
        [typeof(ITokenizer), typeof(ILanguageModel), typeof(TransformerLM), typeof(RunConfig), typeof(GenerationService),
            typeof(TransformerOptions)];

    public static TheoryData<string> Packages => [.. OfEach.Select(type => type.Assembly.GetName().Name!)];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Nothing_that_runs_code_is_deserialized(string package)
    {
        MethodBase[] methods = [.. Assembly.Load(package).GetTypes().SelectMany(Methods)];
        Assert.NotEmpty(methods.SelectMany(CompiledCode.ReadCalls)); // the code is found
        Assert.Empty(
            methods.SelectMany(
            method => CompiledCode.ReadCalls(method).Where(RunsCode)
                .Select(call => $"{CompiledCode.NameOf(method)} calls {CompiledCode.NameOf(call)}")));
    }

    [Fact]
    public void What_would_run_code_is_found() => Assert.Equal(
        ["Type.GetType", "Assembly.Load", "Activator.CreateInstance", "torch.load"],
        Methods(typeof(Bad)).SelectMany(CompiledCode.ReadCalls).Where(RunsCode).Select(CompiledCode.NameOf));

    private static bool RunsCode(MethodBase call) => call.DeclaringType is Type type
        && ((type == typeof(Type) && call.Name == nameof(Type.GetType) && call.IsStatic)
            || (type == typeof(Activator) && call.GetParameters().FirstOrDefault()?.ParameterType == typeof(string))
            || ((type == typeof(Assembly) || typeof(AssemblyLoadContext).IsAssignableFrom(type) || type == typeof(torch))
                && Loaders.Contains(call.Name))
            || type.Namespace == typeof(OpCodes).Namespace
            || type.FullName is "System.Runtime.Serialization.Formatters.Binary.BinaryFormatter"
                or "System.Runtime.Serialization.NetDataContractSerializer");

    private static IEnumerable<MethodBase> Methods(Type type) =>
        type.GetMembers(
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .OfType<MethodBase>();

    private static class Bad
    {
        public static void Do(string read)
        {
            Type.GetType(read);
            Assembly.Load(read);
            Activator.CreateInstance(read, read);
            torch.load(read);
        }
    }
}
