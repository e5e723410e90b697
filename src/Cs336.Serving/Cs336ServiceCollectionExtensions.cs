using Cs336.Serving;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The way in: <c>services.AddCs336()</c>.</summary>
public static class Cs336ServiceCollectionExtensions
{
    /// <summary>Begins to register parts: a tokenizer, a model, a generator, a chat client and so on.</summary>
    /// <param name="services">The app's services.</param>
    /// <returns>A builder to add the parts to.</returns>
    public static Cs336Builder AddCs336(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return new Cs336Builder(services, name: null);
    }

    /// <summary>
    /// Begins to register parts under a key, where an app has several models: each part is a keyed service, its options are named
    /// options, and it works with the parts of the same key. Where there is none of that key, the one without a key is used, so
    /// that several models can share a tokenizer.
    /// </summary>
    /// <param name="services">The app's services.</param>
    /// <param name="name">The services' key and the options' name; not empty.</param>
    /// <returns>A builder to add the parts to.</returns>
    public static Cs336Builder AddCs336(this IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new Cs336Builder(services, name);
    }
}
