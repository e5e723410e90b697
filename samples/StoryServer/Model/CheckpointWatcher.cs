using Cs336.Inference;
using Cs336.Training;
using Microsoft.Extensions.Options;
using StoryServer.Settings;

namespace StoryServer.Model;

/// <summary>Serves each checkpoint as soon as it is there.</summary>
internal sealed partial class CheckpointWatcher(StoryTeller teller, IOptions<StorySettings> settings, ILogger<CheckpointWatcher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        FileCheckpointStore store = settings.Value.Run.OpenCheckpoints();
        long looked = -1;
        using PeriodicTimer timer = new(Interval);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (await store.ListAsync(stoppingToken) is not [.., long newest] || newest == looked) continue;
            looked = newest;
            try
            {
                CpuLanguageModel model = CpuLanguageModel.Load(
                    store.FolderOf(newest), new CpuModelOptions { ThreadCount = settings.Value.GenerationThreads });
                ModelServed(newest);
                await teller.ServeAsync(newest, model);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException)
            {
                ModelRefused(exception, newest); // the one that is served stays
            }
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Stories are told with the model of step {Step}")]
    private partial void ModelServed(long step);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The checkpoint of step {Step} cannot be served")]
    private partial void ModelRefused(Exception exception, long step);
}
