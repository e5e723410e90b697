using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Cs336.Parts;

/// <summary>
/// Tells <see cref="IOptionsMonitor{TOptions}"/> that a section has changed, but only where what it says now is sound: otherwise a slip
/// in a file would fail whoever asks for the options next, in the middle of its work. The last sound options stay, and a warning says why.
/// </summary>
internal sealed class CheckedReload<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>
    : IOptionsChangeTokenSource<TOptions>, IDisposable
    where TOptions : class
{
    private readonly IServiceProvider _services;
    private readonly IDisposable _subscription;
    private CancellationTokenSource _changed = new();

    public CheckedReload(string name, IConfiguration section, IServiceProvider services)
    {
        Name = name;
        _services = services;
        _subscription = ChangeToken.OnChange(section.GetReloadToken, Check);
    }

    public string? Name { get; }

    public IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    public void Dispose() => _subscription.Dispose();

    private void Check()
    {
        try
        {
            _services.GetRequiredService<IOptionsFactory<TOptions>>().Create(Name!);
        }
        catch (OptionsValidationException exception)
        {
            if (_services.GetService<ILoggerFactory>() is ILoggerFactory loggers)
                new GuardedLogger(loggers.CreateLogger("Cs336.Configuration")).ChangeRefused(string.Join(" ", exception.Failures));
            return;
        }
        Interlocked.Exchange(ref _changed, new CancellationTokenSource()).Cancel();
    }
}
