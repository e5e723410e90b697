using System.Diagnostics;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;

namespace Cs336.Benchmarks.Learning;

/// <summary>
/// nanoGPT's small CPU recipe with the library's defaults: a text as bytes, 12 windows of 64 a step, the first 90% to
/// train on, the rest to validate on in windows that do not overlap.
/// </summary>
internal sealed class LearningRun(LearningOptions options)
{
    /// <summary>Trains and validates.</summary>
    /// <param name="pauseEvery">After so many steps the training stands still.</param>
    /// <param name="pause">What happens meanwhile; its time does not count.</param>
    /// <returns>Nats a byte on the validation text, how many bytes that is, and the seconds of training.</returns>
    public (double Loss, long Bytes, double Seconds) Run(int pauseEvery, Action pause)
    {
        string folder = Directory.CreateTempSubdirectory("learning-").FullName;
        try
        {
            string path = Path.Combine(folder, "bytes.npy");
            byte[] bytes = File.ReadAllBytes(options.Text);
            using (TokenFileWriter writer = new(path, options.Run.Model.VocabSize))
            {
                writer.Write([.. bytes.Select(value => (int)value)]);
                writer.Complete();
            }
            (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(path, validationFraction: 0.1);
            using TrainingData data = new() { Training = training };
            using TransformerLM model = new(options.Run.Model with { InitSeed = options.Seed }) { Precision = options.Precision };
            using IOptimizer steps = options.Run.Optimizer.CreateOptimizer(NamedParameter.Of(model));
            TrainerOptions trainerOptions = options.Run.Training with { MaxSteps = options.Steps, Seed = (ulong)options.Seed };
            Trainer trainer = new(model, steps, options.Run.Optimizer.CreateSchedule(options.Steps), data, trainerOptions);
            Stopwatch watch = Stopwatch.StartNew();
            trainer.Run(new Pauses(watch, pauseEvery, pause));
            watch.Stop();
            Evaluation evaluation = new Evaluator(validation, batchSize: 64, model.ContextLength).Evaluate(model);
            return (evaluation.Loss, evaluation.Tokens, watch.Elapsed.TotalSeconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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
