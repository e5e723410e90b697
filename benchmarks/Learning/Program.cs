using System.Globalization;
using Cs336.Benchmarks.Learning;
using Cs336.Training;
using Cs336.Transformer;

const string Usage = """
    usage: Learning TEXT [--optimizer adamw|muon] [--max-lr X] [--bf16] [--torch none|slices|whole] [--python PROGRAM]
      TEXT is learnt as bytes. With slices, the training pauses four times for 100 steps of plain PyTorch, to compare speed; with
      whole, PyTorch trains once through as well, at peak rates of 1e-3 and 3e-3, to compare losses. PROGRAM is a Python with
      numpy and torch; without it python3 is tried, then /usr/bin/python3.
    """;
if (args.Length == 0 || args[0].StartsWith('-'))
{
    Console.Error.WriteLine(Usage);
    return 2;
}
OptimizerConfig optimizer = new();
Precision precision = Precision.Float32;
string torch = "slices";
string? named = null;
for (int i = 1; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--optimizer": optimizer = optimizer with { Name = Enum.Parse<OptimizerKind>(args[++i], ignoreCase: true) }; break;
        case "--max-lr": optimizer = optimizer with { MaxLearningRate = double.Parse(args[++i], CultureInfo.InvariantCulture) }; break;
        case "--bf16": precision = Precision.BFloat16; break;
        case "--torch": torch = args[++i]; break;
        case "--python": named = args[++i]; break;
        default:
            Console.Error.WriteLine($"There is no option {args[i]}.\n{Usage}");
            return 2;
    }
}
TorchPython? python = torch == "none" ? null : TorchPython.Find(named); // before the training, not after its first quarter
if (python is not null) Console.WriteLine($"PyTorch {python.Version} of {python.Program}");
LibTorch.EnsureLoaded();
List<double> slices = [];
const int SliceSteps = 100;
(double loss, long bytes, double seconds) = new LearningRun(args[0], optimizer, precision).Run(LearningRun.Steps / 4, () =>
{
    if (python is not null) slices.Add(new TorchRun(python, args[0], "3e-3").SecondsPerStep(SliceSteps));
});
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{Path.GetFileName(args[0])}: {optimizer.Name} at {optimizer.MaxLearningRate}, {precision}: {loss:f4} nats a byte on {bytes:n0} bytes, {LearningRun.Steps:n0} steps in {seconds:f1} s"));
if (slices.Count > 0)
{
    double[] sorted = [.. slices.Order()];
    double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"plain PyTorch: {1e3 * median:f0} ms a step (slices: {string.Join(", ", slices.Select(value => $"{1e3 * value:f0}"))}), {median * LearningRun.Steps:f0} s for all: {median * LearningRun.Steps / seconds:f1} times as long"));
}
if (python is not null && torch == "whole")
    foreach (string rate in (string[])["1e-3", "3e-3"])
    {
        (double torchLoss, double torchSeconds) = new TorchRun(python, args[0], rate).Whole(LearningRun.Steps);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"plain PyTorch at {rate}: {torchLoss:f4} nats a byte in {torchSeconds:f1} s"));
    }
return 0;
