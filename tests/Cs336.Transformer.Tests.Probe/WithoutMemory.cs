using Cs336.Inference;
using Cs336.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests.Probe;

/// <summary>Attention for which there is not enough memory.</summary>
internal static class WithoutMemory
{
    /// <summary>A head of this length needs more memory of its own than there is, and its tensors less.</summary>
    private const long Length = 20_000;

    /// <summary>Tells the exception of a pass, and that the process can attend afterwards.</summary>
    /// <param name="isBackward">Whether memory lacks in the backward pass, or in the forward pass already.</param>
    public static void Attend(bool isBackward)
    {
        LibTorch.EnsureLoaded();
        set_num_threads(1);
        Fail(throwNow: true); // the runtime needs memory of its own for its first exception
        Console.WriteLine($"before: {Pass(16)}");
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor x = randn([1, 1, Length, 1]).requires_grad_();
            Tensor? y = isBackward ? ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).sum() : null;
            string told = "nothing was thrown";
            using (new MemoryHog())
            {
                try
                {
                    if (y is null) ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast);
                    else Backpropagation.Run(y);
                }
                catch (Exception exception)
                {
                    told = exception.GetType().Name;
                }
            }
            Console.WriteLine($"told: {told}");
        }
        Console.WriteLine($"after: {Pass(16)}");
    }

    /// <summary>Tells the exception of a model that there is no memory for, and that one can be made afterwards.</summary>
    public static void MakeModel()
    {
        LibTorch.EnsureLoaded();
        set_num_threads(1); // where OpenMP finds no memory for a thread's stack it ends the process
        Fail(throwNow: true);
        TransformerConfig small = new() { VocabSize = 10, ContextLength = 4, DModel = 4, NumLayers = 1, NumHeads = 1, DFf = 4 };
        new TransformerLM(small).Dispose();
        string told = "nothing was thrown";
        using (new MemoryHog())
        {
            try
            {
                new TransformerLM(small with { DModel = 4096 }).Dispose(); // 64 MB a matrix
            }
            catch (Exception exception)
            {
                told = $"{exception.GetType().Name}: {exception.Message.Split('(')[0]}";
            }
        }
        Console.WriteLine($"told: {told}");
        using TransformerLM model = new(small);
        Console.WriteLine($"after: {model.parameters().Count()}");
    }

    private static bool Pass(long length)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn([1, 1, length, 1]).requires_grad_();
        Backpropagation.Run(ScaledDotProductAttention.Attend(x, x, x, ComputePath.Fast).sum());
        return x.grad!.isfinite().all().item<bool>();
    }

    private static void Fail(bool throwNow)
    {
        try
        {
            if (throwNow) throw new OutOfMemoryException();
        }
        catch (OutOfMemoryException)
        {
        }
    }
}
