using System.Globalization;
using Cs336.Benchmarks;
using Cs336.Benchmarks.Learning;
using Cs336.Transformer;

const string SliceRate = "3e-3"; // what a step takes does not depend on it
const int SliceSteps = 100;
const int Slices = 4;
try
{
    LearningOptions options = LearningOptions.Parse(args);
    // before the training, not after its first quarter
    TorchPython? python = options.Torch == TorchPart.None ? null : TorchPython.Find(options.Python);
    Console.WriteLine($"{Machine.Title}; {Machine.Software}");
    if (python is not null) Console.WriteLine($"PyTorch {python.Version} of {python.Program}");
    LibTorch.EnsureLoaded();
    List<double> slices = [];
    LearningResult result = new LearningRun(options).Run(options.Steps / Slices, () =>
    {
        if (python is not null) slices.Add(new TorchRun(python, options.Text, SliceRate, options.Steps).SecondsPerStep(SliceSteps));
    });
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{Path.GetFileName(options.Text)}: {options.Run.Optimizer.Name} at {options.Run.Optimizer.MaxLearningRate}, {options.Precision}, "
        + $"seed {options.Seed}: {result.Loss:f4} nats a byte on {result.Bytes:n0} bytes, {result.TrainingLoss:f4} on as much of "
        + $"the training text; {result.Parameters:n0} parameters, {options.Steps:n0} steps in {result.Seconds:f1} s"));
    if (slices.Count > 0)
    {
        double[] sorted = [.. slices.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"plain PyTorch: {1e3 * median:f0} ms a step (slices: {string.Join(", ", slices.Select(value => $"{1e3 * value:f0}"))}), "
                + $"{median * options.Steps:f0} s for all: {median * options.Steps / result.Seconds:f1} times as long"));
    }
    if (python is not null && options.Torch == TorchPart.Whole)
        foreach (string rate in (string[])["1e-3", SliceRate])
        {
            (double torchLoss, double torchSeconds) = new TorchRun(python, options.Text, rate, options.Steps).Whole();
            Console.WriteLine(
                string.Create(
                CultureInfo.InvariantCulture, $"plain PyTorch at {rate}: {torchLoss:f4} nats a byte in {torchSeconds:f1} s: "
                + $"{torchSeconds / result.Seconds:f2} times as long"));
        }
    return 0;
}
catch (Exception exception) when (exception is FormatException or InvalidOperationException or ArgumentException or InvalidDataException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
