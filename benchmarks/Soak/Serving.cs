using Cs336.Serving;
using Cs336.Inference;
using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Soak;

/// <summary>Serves each checkpoint as it comes, with parts that fail now and then.</summary>
internal sealed class Serving : IAsyncDisposable
{
    private readonly FileCheckpointStore _checkpoints;
    private readonly Faults _faults;
    private readonly Findings _findings;
    private readonly IHost _host;
    private FaultyModel? _model;
    private long _served = -1;
    private int _reloads, _refused;

    /// <summary>Builds the host; nothing is served yet.</summary>
    public Serving(SoakFiles files, Faults faults, Findings findings)
    {
        (_faults, _findings, _checkpoints) = (faults, findings, new RunDirectory(files.Run).OpenCheckpoints());
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FaultyObservers(faults, 64));
        builder.Services.AddSingleton<ILanguageModel>(_ => _model!);
        builder.Services.AddCs336()
            .AddTokenizer(options => options.Directory = files.Tokenizer)
            .AddGenerationService(options => (options.MaxConcurrentRequests, options.QueueCapacity) = (4, 8));
        _host = builder.Build();
    }

    public GenerationService Service => _host.Services.GetRequiredService<GenerationService>();

    /// <summary>Waits for the first checkpoint and begins to serve it.</summary>
    public async Task StartAsync(Func<bool> isOver)
    {
        while (_model is null && !isOver())
        {
            await Task.Delay(50);
            await LookAsync();
        }
    }

    /// <summary>Serves newer checkpoints until it is time to end.</summary>
    public async Task ReloadAsync(Func<bool> isOver)
    {
        for (; !isOver(); await Task.Delay(250)) await LookAsync();
        _findings.Figures["models served"] = $"{_reloads + 1}";
        _findings.Figures["models refused, their files damaged or gone"] = $"{_refused}";
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        if (Service.Status is not { QueueLength: 0, ActiveRequests: 0 })
            _findings.Break("a service that has stopped holds nothing", $"{Service.Status}");
        _host.Dispose();
        _model?.Dispose();
    }

    private async Task LookAsync()
    {
        if (await _checkpoints.ListAsync() is not [.., long newest] || newest == _served) return;
        _served = newest;
        FaultyModel model;
        try
        {
            model = new FaultyModel(CpuLanguageModel.Load(_checkpoints.FolderOf(newest), new CpuModelOptions { ThreadCount = 1 }), _faults);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            _refused++; // the one that is served stays
            return;
        }
        if (Interlocked.Exchange(ref _model, model) is null) return;
        _reloads++;
        ((FaultyModel)await Service.ReloadAsync(model)).Dispose();
    }
}
