using System.Diagnostics;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using TorchSharp;
using TorchSharp.Modules;

namespace Cs336.Benchmarks.Learning;

/// <summary>
/// nanoGPT's small CPU recipe with the library's defaults: a text as bytes or tokens, 12 windows of 64 a step, the first 90% to
/// train on, the rest to validate on in windows that do not overlap.
/// </summary>
internal sealed class LearningRun(LearningOptions options)
{
    private const double ValidationFraction = 0.1;

    /// <summary>Trains and validates.</summary>
    /// <param name="pauseEvery">After so many steps the training stands still.</param>
    /// <param name="pause">What happens meanwhile; its time does not count.</param>
    /// <returns>What was learnt, and the seconds of training.</returns>
    public LearningResult Run(int pauseEvery, Action pause)
    {
        string folder = Directory.CreateTempSubdirectory("learning-").FullName;
        try
        {
            string path = Path.Combine(folder, "tokens.npy");
            LearntText text = options.Vocabulary is int size ? LearntText.OfTokens(options.Text, size) : LearntText.OfBytes(options.Text);
            TransformerConfig config = options.Run.Model with { VocabSize = text.VocabSize, InitSeed = options.Seed };
            using (TokenFileWriter writer = new(path, text.VocabSize))
            {
                writer.Write(text.Ids);
                writer.Complete();
            }
            (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(path, ValidationFraction);
            using TrainingData data = new() { Training = training };
            using TransformerLM model = new(config) { Precision = options.Precision };
            using IOptimizer steps = options.Run.Optimizer.CreateOptimizer(NamedParameter.Of(model));
            TrainerOptions trainerOptions = options.Run.Training with { MaxSteps = options.Steps, Seed = (ulong)options.Seed };
            Trainer trainer = new(model, steps, options.Run.Optimizer.CreateSchedule(options.Steps), data, trainerOptions);
            Stopwatch watch = Stopwatch.StartNew();
            trainer.Run(new Pauses(watch, pauseEvery, pause));
            watch.Stop();
            if (trainerOptions.EvaluatedWeights == EvaluatedWeights.Average) TakeAverage(model, trainer);
            (double loss, double bytes) = Measure(validation);
            return new LearningResult(
                loss, Measure(training).Loss, bytes, ParameterCount.Of(config).Total, watch.Elapsed.TotalSeconds);

            // Nats a byte on as many tokens as validate, and how many bytes these are.
            (double Loss, double Bytes) Measure(TokenDataset tokens)
            {
                Evaluation measured =
                    new Evaluator(tokens, batchSize: 64, model.ContextLength, validation.Length, text.TokenByteLengths).Evaluate(model);
                double natsPerByte = measured.BitsPerByte!.Value * Math.Log(2);
                return (natsPerByte, measured.Loss * measured.Tokens / natsPerByte);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Where the run has an average of the weights, it is what a run would have measured and kept.</summary>
    private static void TakeAverage(TransformerLM model, Trainer trainer)
    {
        if (trainer.AverageWeights is not { } average) return;
        using IDisposable noGradients = torch.no_grad();
        foreach ((string name, Parameter parameter) in NamedParameter.Of(model)) parameter.copy_(average[name]);
    }

    private sealed class Pauses(Stopwatch watch, int every, Action pause) : IProgress<TrainingMetrics>
    {
        public void Report(TrainingMetrics value)
        {
            if (value.Step % every != 0) return;
            watch.Stop();
            pause();
            watch.Start();
        }
    }
}
