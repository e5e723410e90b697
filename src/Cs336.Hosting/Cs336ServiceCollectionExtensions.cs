using Microsoft.Extensions.DependencyInjection;

namespace Cs336.Hosting;

/// <summary>The way in: <c>services.AddCs336()</c>.</summary>
public static class Cs336ServiceCollectionExtensions
{
    /// <summary>Begins to register tokenizers, models, trainers and generators.</summary>
    /// <param name="services">The app's services.</param>
    /// <returns>A builder to add the parts to.</returns>
    public static Cs336Builder AddCs336(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return new Cs336Builder(services);
    }
}
