using Microsoft.Extensions.DependencyInjection;

namespace Cs336.Serving;

/// <summary>
/// What <c>AddCs336()</c> returns: each <c>Add...</c> method on it registers one part, unless the app has registered its own.
/// </summary>
public sealed class Cs336Builder
{
    internal Cs336Builder(IServiceCollection services, string? name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>The app's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The key under which the parts are registered, and the name of their options; null for parts without a key.</summary>
    public string? Name { get; }
}
