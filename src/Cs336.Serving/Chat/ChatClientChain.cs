using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Cs336.Serving;

/// <summary>
/// Finds a chat client whose factory asks for the very service that it makes, as in
/// <c>services.AddChatClient(provider => provider.GetRequiredService&lt;IChatClient&gt;())</c>. The container sees no circle in factories:
/// it calls them until the stack is full, goes on in another thread, and there waits for ever for the lock that the first one holds. To
/// find the circle before that, each factory is called once with a provider that notes the first service asked for, and refuses it.
/// </summary>
/// <remarks>
/// The app may register the factory after this package's parts, and the circle asks for none of them, so that no code of ours would run in
/// time. But every container hashes the keys of its services when it is built. This object is registered as such a key: when it is hashed,
/// it looks for a circle, and throws where there is one.
/// </remarks>
internal sealed class ChatClientChain(IServiceCollection registered, string? name)
{
    [ThreadStatic]
    private static bool _isLooking; // a factory may build a container of the same services

    private (ServiceDescriptor? Last, int Count) _sound; // the registrations in which the last look found no circle

    /// <summary>Registers a look at the client of a name, which happens whenever a container is built.</summary>
    public static void Watch(IServiceCollection services, string? name)
    {
        ChatClientChain chain = new(services, name);
        services.AddKeyedSingleton(chain, chain);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The client that was registered last asks for itself.</exception>
    public override int GetHashCode()
    {
        (ServiceDescriptor? Last, int Count) now = (LastOf(name), registered.Count);
        if (now != _sound && !_isLooking)
        {
            _isLooking = true;
            try
            {
                ThrowIfCircular();
            }
            finally
            {
                _isLooking = false;
            }
            _sound = now;
        }
        return RuntimeHelpers.GetHashCode(this);
    }

    private void ThrowIfCircular()
    {
        List<object?> asked = [];
        for (object? key = name; !asked.Contains(key);)
        {
            asked.Add(key);
            FirstQuestion question = new();
            if (LastOf(key) is not ServiceDescriptor client || !question.IsForClient(client)) return;
            key = question.Key;
        }
        string way = string.Concat(asked[1..].Select(key => $", by way of the {Named(key)}"));
        throw new InvalidOperationException(
            $"The {Named(name)} that was registered last asks the container for itself{way}, which would hang: "
            + "ask for GenerationChatClient instead, as in "
            + "services.AddChatClient(provider => provider.GetRequiredService<GenerationChatClient>()), "
            + "or chain on what AddCs336().AddChatClient(...) returns.");
    }

    private static string Named(object? key) => key is null ? "IChatClient" : $"IChatClient of the name '{key}'";

    private ServiceDescriptor? LastOf(object? key) =>
        registered.LastOrDefault(service => service.ServiceType == typeof(IChatClient) && Equals(service.ServiceKey, key));

    /// <summary>Knows what it was asked for first, and answers nothing.</summary>
    private sealed class FirstQuestion : IKeyedServiceProvider
    {
        private (Type Type, object? Key)? _first;

        public object? Key => _first?.Key;

        /// <summary>Calls a client's factory; whether the first that it asks for is a client.</summary>
        public bool IsForClient(ServiceDescriptor client)
        {
            try
            {
                // What comes without a question is not disposed: it may be a client that the app has had all along.
                _ = client.IsKeyedService
                    ? client.KeyedImplementationFactory?.Invoke(this, client.ServiceKey) : client.ImplementationFactory?.Invoke(this);
            }
            catch (Exception)
            {
                // It got nothing of what it asked for; what it asked for is known.
            }
            return _first?.Type == typeof(IChatClient);
        }

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IServiceProvider) ? this
            // What ActivatorUtilities looks for before it asks for what a constructor takes; it does without.
            : serviceType == typeof(IServiceProviderIsService) || serviceType == typeof(IServiceProviderIsKeyedService) ? null
            : Hear(serviceType, null);

        public object? GetKeyedService(Type serviceType, object? serviceKey) => Hear(serviceType, serviceKey);

        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Hear(serviceType, serviceKey);

        private object Hear(Type serviceType, object? serviceKey)
        {
            _first ??= (serviceType, serviceKey);
            throw new InvalidOperationException("The client is only looked at: it gets its services when it is asked for.");
        }
    }
}
