using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Cs336.Training;

namespace Cs336.Hosting.Tests;

public sealed class HistogramTests
{
    [Fact]
    public void The_histogram_of_a_trainer_advises_its_buckets()
    {
        Histogram<double>? histogram = null;
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == TrainingMeter.Name && instrument is Histogram<double> found) histogram = found;
            },
        };
        RuntimeHelpers.RunClassConstructor(typeof(TrainingMeter).TypeHandle);
        listener.Start();
        Assert.True(histogram!.Advice?.HistogramBucketBoundaries is [<= 0.001, .., >= 60]);
    }
}
