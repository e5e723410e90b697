using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// The backward pass with the exceptions of layers that are written in C#. libtorch calls such a layer back through frames that no
/// .NET exception may pass; the layer gives it a gradient of a wrong shape instead, which libtorch refuses, and here the refusal
/// becomes the layer's own exception again. TorchSharp's <c>backward</c> reports such a failure as libtorch's refusal.
/// TorchSharp's <c>autograd.grad</c> catches no error of the backward pass at all: there any failure ends the process.
/// </summary>
public static class Backpropagation
{
    /// <summary>What went wrong on this thread; on the processor, backward passes run on the thread that asks for them.</summary>
    [ThreadStatic]
    private static Exception? _fault;

    /// <summary>
    /// Has no gradient's shape, since nothing is expanded to a size of 0. Made early, as there may be no memory for it later.
    /// </summary>
    private static readonly Tensor Refusal = zeros([0, 0, 0, 0, 0, 0, 0]).DetachFromDisposeScope();

    /// <summary>Adds the gradients of (the sum of) an output to those of all parameters that it was computed from.</summary>
    /// <param name="output">What is differentiated.</param>
    /// <param name="gradient">The gradient with respect to it, of its shape; null for a scalar's, which is 1.</param>
    /// <exception cref="OutOfMemoryException">A layer in C# had not enough memory.</exception>
    /// <exception cref="ExternalException">libtorch failed; the message is its own.</exception>
    public static void Run(Tensor output, Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        _fault = null;
        try
        {
            if (gradient is null) output.backward();
            else output.backward([gradient]);
        }
        catch (ExternalException) when (_fault is not null)
        {
            Exception fault = _fault;
            _fault = null;
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    /// <summary>The gradients that a layer in C# returns where it failed.</summary>
    internal static List<Tensor> Refuse(Exception fault, int gradientCount)
    {
        _fault ??= fault;
        return [.. Enumerable.Repeat(Refusal, gradientCount)];
    }
}
