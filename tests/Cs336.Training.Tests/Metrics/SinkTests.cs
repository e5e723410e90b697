namespace Cs336.Training.Tests;

public sealed class SinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Comma_separated_values_have_a_header_and_forget_steps_that_are_done_again()
    {
        string path = _folder.File("metrics.csv");
        using (CsvMetricSink sink = new(path))
        {
            sink.Begin(0);
            sink.Write(Metrics(1));
            sink.Write(Metrics(2) with { ValidationLoss = 1.25, Skipped = true });
            sink.Write(Metrics(3));
        }
        File.AppendAllText(path, "4,2."); // what a crash leaves
        using (CsvMetricSink sink = new(path))
        {
            sink.Begin(2);
            sink.Write(Metrics(3) with { Loss = double.NaN });
        }
        Assert.Equal(
            """
            step,loss,learning_rate,gradient_norm,tokens_seen,tokens_per_second,elapsed_seconds,validation_loss,validation_bits_per_byte,skipped
            1,2.5,0.001,0.5,128,1000,1,,,false
            2,2.5,0.001,0.5,256,1000,2,1.25,,true
            3,NaN,0.001,0.5,384,1000,3,,,false

            """.ReplaceLineEndings("\n"), File.ReadAllText(path));
        using CsvMetricSink other = new(_folder.Write("other.csv", "a,b\n"));
        Assert.Contains("begins with 'a,b'", Assert.Throws<InvalidDataException>(() => other.Begin(0)).Message);
    }

    [Fact]
    public void Event_files_can_be_read_by_the_published_format_during_the_run_and_after_a_crash()
    {
        using TensorBoardMetricSink sink = new(_folder.Path);
        sink.Begin(0);
        for (int step = 1; step <= 4; step++) sink.Write(Metrics(step) with { Loss = 5 - step });
        sink.Write(Metrics(5_000_000_000) with { ValidationLoss = 1.5, ValidationBitsPerByte = 0.75 });
        string file = Assert.Single(Directory.GetFiles(_folder.Path));
        List<ReadEvent> events = EventFileReader.Read(file); // while the sink still has it open
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([4f, 3f, 2f, 1f, 2.5f], events.Skip(1).Select(item => item.Scalars["train/loss"]));
        Assert.Equal([1, 2, 3, 4, 5_000_000_000], events.Skip(1).Select(item => item.Step));
        Assert.Equal((1.5f, 0.75f, 1e-3f, 0.5f, 1000f),
            (events[^1].Scalars["validation/loss"], events[^1].Scalars["validation/bits_per_byte"],
                events[^1].Scalars["train/learning_rate"], events[^1].Scalars["train/gradient_norm"],
                events[^1].Scalars["train/tokens_per_second"]));
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds((long)events[^1].WallTime), DateTimeOffset.UtcNow.AddMinutes(-1),
            DateTimeOffset.UtcNow.AddMinutes(1));

        // TorchSharp has the classes that were generated from TensorBoard's own definitions.
        List<Tensorboard.Event> generated = [.. EventFileReader.ReadRecords(file).Select(Tensorboard.Event.Parser.ParseFrom)];
        Assert.Equal(events.Select(item => (item.Step, item.WallTime)), generated.Select(item => (item.Step, item.WallTime)));
        Assert.Equal("brain.Event:2", generated[0].FileVersion);
        foreach ((ReadEvent read, Tensorboard.Event item) in events.Zip(generated).Skip(1))
            Assert.Equal(read.Scalars, item.Summary.Value.ToDictionary(value => value.Tag, value => value.SimpleValue));

        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(_folder.File("torn"), whole[..^7]);
        Assert.Equal(events.Count - 1, EventFileReader.Read(_folder.File("torn")).Count);
        File.Delete(_folder.File("torn"));

        sink.Begin(2); // a resumed run: another file, later by name, that takes back what is done again
        sink.Write(Metrics(3));
        string[] files = [.. Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal)];
        Assert.Equal(file, files[0]);
        List<ReadEvent> second = EventFileReader.Read(files[1]);
        Assert.Equal((true, 3L), (second[1].IsRestart, second[1].Step));
        Assert.Equal(3, second[2].Step);
    }

    [Fact]
    public void A_run_that_begins_anew_takes_back_what_an_earlier_sitting_told_TensorBoard()
    {
        for (int sitting = 0; sitting < 3; sitting++)
        {
            using TensorBoardMetricSink sink = new(_folder.Path);
            sink.Begin(0); // killed before the first checkpoint
            for (int step = 1; step <= 7; step++) sink.Write(Metrics(step));
        }
        List<long> steps = []; // as TensorBoard reads them
        foreach (string file in Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal))
            foreach (ReadEvent item in EventFileReader.Read(file).Skip(1))
                if (item.IsRestart) steps.RemoveAll(step => step >= item.Step);
                else steps.Add(item.Step);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], steps);
    }

    [Theory]
    [InlineData("events.out.tfevents.old", null)]
    [InlineData("events.out.tfevents.99999999999999999999.host", null)]
    [InlineData("events.out.tfevents.", null)]
    [InlineData("events.out.tfevents.4102444800.host.17.0", "events.out.tfevents.4102444801.")] // of a clock that was ahead by many years
    public void Whatever_lies_in_the_folder_a_new_event_file_comes_after_those_with_a_time(string name, string? expected)
    {
        _folder.Write(name, "");
        using TensorBoardMetricSink sink = new(_folder.Path);
        sink.Begin(0);
        string added = Path.GetFileName(Directory.GetFiles(_folder.Path).Single(path => Path.GetFileName(path) != name));
        if (expected is not null) Assert.Equal(expected + Environment.MachineName, added);
        else Assert.InRange(long.Parse(added.Split('.')[3]), DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds(),
            DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        sink.Begin(0);
        Assert.Equal(3, Directory.GetFiles(_folder.Path).Length);
    }

    [TmpfsFact]
    public void What_a_full_disk_refuses_goes_out_with_the_next_write_and_nothing_torn_stays()
    {
        using Tmpfs disk = new(_folder.Path, "256k");
        (IMetricSink Sink, Func<IEnumerable<long>> Steps)[] sinks =
        [
            (new JsonLinesMetricSink(_folder.File("metrics.jsonl")),
                () => JsonLinesMetricSink.Read(_folder.File("metrics.jsonl")).Select(metrics => metrics.Step)),
            (new CsvMetricSink(_folder.File("metrics.csv")), () =>
                File.ReadLines(_folder.File("metrics.csv")).Skip(1).Where(row => row.Split(',').Length == 10)
                .Select(row => long.Parse(row.Split(',')[0]))),
            (new TensorBoardMetricSink(_folder.File("events")),
                () => EventFileReader.Read(Assert.Single(Directory.GetFiles(_folder.File("events")))).Skip(1).Select(item => item.Step)),
        ];
        foreach ((IMetricSink sink, Func<IEnumerable<long>> steps) in sinks)
        {
            sink.Begin(0);
            Fill(_folder.File("ballast"));
            int refused = 0, step = 0;
            while (refused < 3)
            {
                try
                {
                    sink.Write(Metrics(++step));
                }
                catch (IOException)
                {
                    refused++;
                }
            }
            Assert.Equal(Enumerable.Range(1, step - 3).Select(number => (long)number), steps()); // what was written is whole
            File.Delete(_folder.File("ballast"));
            sink.Write(Metrics(++step));
            Assert.Equal(Enumerable.Range(1, step).Select(number => (long)number), steps());
            ((IDisposable)sink).Dispose();
        }
        Fill(_folder.File("ballast"));
        using TensorBoardMetricSink late = new(_folder.File("events"));
        for (int attempt = 0; attempt < 3; attempt++) Assert.Throws<IOException>(() => late.Begin(1));
        Assert.Single(Directory.GetFiles(_folder.File("events")));
    }

    [TmpfsFact]
    public void Steps_of_a_full_disk_that_are_done_again_are_forgotten_and_too_many_given_up_oldest_first()
    {
        using Tmpfs disk = new(_folder.Path, "4m");
        string path = _folder.File("metrics.jsonl");
        using JsonLinesMetricSink sink = new(path);
        sink.Begin(0);
        sink.Write(Metrics(1));
        Fill(_folder.File("ballast"));
        for (int step = 2; step <= 20_000; step++)
        {
            try
            {
                sink.Write(Metrics(step));
            }
            catch (IOException)
            {
                // there is no room
            }
        }
        File.Delete(_folder.File("ballast"));
        sink.Begin(19_000);
        sink.Write(Metrics(19_001));
        long[] steps = [.. JsonLinesMetricSink.Read(path).Select(metrics => metrics.Step)];
        int lost = Array.FindIndex(steps, step => step != Array.IndexOf(steps, step) + 1);
        Assert.InRange(lost, 1, 60); // of the page that the file had
        Assert.Equal(Enumerable.Range((int)steps[lost], 19_002 - (int)steps[lost]).Select(step => (long)step), steps[lost..]);
        Assert.InRange(steps.Length - lost, 5_000, 10_000); // about a mebibyte, less what is done again
    }

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        Action fill = () =>
        {
            while (true) file.Write(new byte[4096]);
        };
        Assert.Throws<IOException>(fill);
    }

    [Fact]
    public void Text_comes_every_so_many_steps_and_with_each_validation()
    {
        StringWriter output = new() { NewLine = "\n" };
        using CompositeMetricSink sink = new(new ConsoleMetricSink(10, output), new JsonLinesMetricSink(_folder.File("metrics.jsonl")));
        sink.Begin(0);
        for (int step = 1; step <= 20; step++)
            sink.Write(Metrics(step) with { ValidationLoss = step == 15 ? 1.25 : null, ValidationBitsPerByte = step == 15 ? 0.5 : null });
        Assert.Equal("""
            step 10  loss 2.5000  lr 1.00e-3  gradient 0.500  1,000 tokens/s
            step 15  loss 2.5000  validation 1.2500 (0.500 bits/byte)  lr 1.00e-3  gradient 0.500  1,000 tokens/s
            step 20  loss 2.5000  lr 1.00e-3  gradient 0.500  1,000 tokens/s

            """.ReplaceLineEndings("\n"), output.ToString());
        Assert.Equal(20, JsonLinesMetricSink.Read(_folder.File("metrics.jsonl")).Count);
    }

    private static TrainingMetrics Metrics(long step) => new()
    {
        Step = step, Loss = 2.5, LearningRate = 1e-3, GradientNorm = 0.5, TokensSeen = 128 * step, TokensPerSecond = 1000,
            Elapsed = TimeSpan.FromSeconds(step),
    };
}
