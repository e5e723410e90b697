using Microsoft.Extensions.DependencyInjection;

namespace Cs336.Hosting;

/// <summary>What <c>AddCs336()</c> returns: each <c>Add...</c> method on it registers one part, unless the app has registered its own.</summary>
public sealed class Cs336Builder
{
    internal Cs336Builder(IServiceCollection services) => Services = services;

    /// <summary>The app's services.</summary>
    public IServiceCollection Services { get; }
}
