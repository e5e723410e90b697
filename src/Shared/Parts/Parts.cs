using System.Diagnostics.CodeAnalysis;
using Cs336.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using static System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes;

namespace Cs336.Parts;

/// <summary>Registers and finds the parts of a name, which are keyed services, or those without a name, which are plain ones.</summary>
internal static class Parts
{
    /// <summary>Registers a singleton, unless the app has one of this type and name. Null for the name is a part without one.</summary>
    public static void TryAddPart<T>(this Cs336Builder builder, Func<IServiceProvider, string?, T> create) where T : class
    {
        if (builder.Name is null) builder.Services.TryAddSingleton(services => create(services, null));
        else builder.Services.TryAddKeyedSingleton(builder.Name, (services, name) => create(services, (string?)name));
    }

    /// <summary>Whether a part of this type and name has been registered, by the app or before by us.</summary>
    public static bool HasPart<T>(this Cs336Builder builder) =>
        builder.Services.Any(service => service.ServiceType == typeof(T) && Equals(service.ServiceKey, builder.Name));

    /// <summary>Whether there is a part of this type, of this name or without one.</summary>
    public static bool HasPart<T>(this IServiceProvider services, string? name) where T : class =>
        services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(T))
        || (name is not null && services.GetRequiredService<IServiceProviderIsKeyedService>().IsKeyedService(typeof(T), name));

    /// <summary>The part of this name, or else the one without a name, or null.</summary>
    public static T? GetPart<T>(this IServiceProvider services, string? name) where T : class =>
        name is null ? services.GetService<T>() : services.GetKeyedService<T>(name) ?? services.GetService<T>();

    /// <summary>The part of this name, or else the one without a name.</summary>
    /// <exception cref="InvalidOperationException">There is neither.</exception>
    public static T GetRequiredPart<T>(this IServiceProvider services, string? name) where T : class =>
        services.GetPart<T>(name) ?? services.GetRequiredService<T>();

    /// <summary>
    /// The part of this name, or else the one without a name; null also where it cannot be made yet. Its files may come later, and where
    /// its options are not sound, their own check tells.
    /// </summary>
    public static T? GetPartIfReady<T>(this IServiceProvider services, string? name) where T : class
    {
        try
        {
            return services.GetPart<T>(name);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException or OptionsValidationException)
        {
            return null;
        }
    }

    /// <summary>All parts of exactly this name.</summary>
    public static IEnumerable<T> GetParts<T>(this IServiceProvider services, string? name) where T : class =>
        name is null ? services.GetServices<T>() : services.GetKeyedServices<T>(name);

    /// <summary>The options of this name, checked.</summary>
    public static TOptions GetPartOptions<[DynamicallyAccessedMembers(PublicParameterlessConstructor)] TOptions>(
        this IServiceProvider services, string? name) =>
        services.GetRequiredService<IOptionsMonitor<TOptions>>().Get(name ?? Options.DefaultName);
}
