using System.ComponentModel.DataAnnotations;
using Cs336.Training;

namespace StoryServer.Settings;

/// <summary>
/// What the server trains, and how much it lets its callers ask for: the section "Story" of the configuration, so for instance
/// <c>--Story:Steps=400</c>.
/// </summary>
internal sealed class StorySettings
{
    /// <summary>Where the corpus, the tokenizer and the run are kept. What is there already is gone on with.</summary>
    [Required]
    public string Directory { get; set; } = Path.Combine("runs", "storyserver");

    /// <summary>Bytes of stories to learn from.</summary>
    [Range(10_000, 1_000_000_000)]
    public long CorpusBytes { get; set; } = 3_000_000;

    /// <summary>The most tokens in the vocabulary.</summary>
    [Range(300, 60_000)]
    public int VocabSize { get; set; } = 2_048;

    /// <summary>Tokens that the model attends over.</summary>
    public int ContextLength { get; set; } = 256;

    /// <summary>Width of the model.</summary>
    public int DModel { get; set; } = 128;

    /// <summary>Number of blocks.</summary>
    public int NumLayers { get; set; } = 4;

    /// <summary>Number of attention heads.</summary>
    public int NumHeads { get; set; } = 4;

    /// <summary>Optimizer steps.</summary>
    public long Steps { get; set; } = 1_600;

    /// <summary>Windows a batch.</summary>
    public int BatchSize { get; set; } = 4;

    /// <summary>The learning rate at the end of the warm-up.</summary>
    public double MaxLearningRate { get; set; } = 4e-3;

    /// <summary>Steps between checkpoints; each is served as soon as it is there.</summary>
    public long CheckpointEvery { get; set; } = 50;

    /// <summary>Threads that tell stories; the others are left to the training.</summary>
    [Range(1, 1_024)]
    public int GenerationThreads { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>The largest request body in bytes.</summary>
    [Range(1_024, 100_000_000)]
    public long MaxRequestBytes { get; set; } = 64 * 1_024;

    /// <summary>How many stories one client may ask for per minute.</summary>
    [Range(1, 1_000_000)]
    public int StoriesPerMinute { get; set; } = 120;

    /// <summary>How many stories are told at a time.</summary>
    public int ConcurrentStories { get; set; } = 8;

    /// <summary>How many stories may wait for their turn.</summary>
    public int QueuedStories { get; set; } = 64;

    /// <summary>How many requests the server works on at a time. Event streams, health and metrics do not count.</summary>
    [Range(1, 100_000)]
    public int ConcurrentRequests { get; set; } = 200;

    /// <summary>How many of them from one client.</summary>
    [Range(1, 100_000)]
    public int ConcurrentRequestsPerClient { get; set; } = 100;

    /// <summary>How many may follow the training at a time.</summary>
    [Range(1, 100_000)]
    public int EventStreams { get; set; } = 100;

    /// <summary>How many of them from one client.</summary>
    [Range(1, 100_000)]
    public int EventStreamsPerClient { get; set; } = 20;

    public string Corpus => Path.Combine(Directory, "corpus.txt");

    /// <summary>Where the run keeps its files.</summary>
    public RunDirectory Run => new(Directory);
}
