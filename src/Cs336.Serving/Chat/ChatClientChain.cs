using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Cs336.Serving;

/// <summary>
/// Finds a chat client whose factory asks for the very service that it makes, as in
/// <c>services.AddChatClient(provider => provider.GetRequiredService&lt;IChatClient&gt;())</c>. The container would go round in a
/// circle and hang; so the factory is called once with a provider that looks at what it asks for first, and gives it nothing.
/// </summary>
internal sealed class ChatClientChain
{
    /// <summary>What is wrong with the client that the container gives for a name.</summary>
    public static IReadOnlyList<string> FindProblems(IServiceCollection registered, string? name)
    {
        ServiceDescriptor? last = registered.LastOrDefault(
            service => service.ServiceType == typeof(IChatClient) && Equals(service.ServiceKey, name));
        if (last is null) return []; // the app has taken the client out again
        FirstQuestion question = new(name);
        try
        {
            // What comes without a question is not disposed: it may be a client that the app has had all along.
            _ = name is null ? last.ImplementationFactory?.Invoke(question) : last.KeyedImplementationFactory?.Invoke(question, name);
        }
        catch (Exception)
        {
            // It got nothing of what it asked for; what it asked for is known.
        }
        return !question.IsForItself ? [] :
            [
                $"The IChatClient{(name is null ? "" : $" of the name '{name}'")} that was registered last asks the container for itself, "
                + "which would hang: ask for GenerationChatClient instead, as in "
                + "services.AddChatClient(provider => provider.GetRequiredService<GenerationChatClient>()), "
                + "or chain on what AddCs336().AddChatClient(...) returns.",
            ];
    }

    /// <summary>Knows what it was asked for first, and answers nothing.</summary>
    private sealed class FirstQuestion(string? name) : IKeyedServiceProvider
    {
        private bool _wasAsked;

        public bool IsForItself { get; private set; }

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IServiceProvider) ? this : Hear(serviceType == typeof(IChatClient) && name is null);

        public object? GetKeyedService(Type serviceType, object? serviceKey) =>
            Hear(serviceType == typeof(IChatClient) && Equals(serviceKey, name));

        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => GetKeyedService(serviceType, serviceKey)!;

        private object? Hear(bool isForItself)
        {
            if (!_wasAsked) IsForItself = isForItself;
            _wasAsked = true;
            throw new InvalidOperationException("The client is only looked at: it gets its services when it is asked for.");
        }
    }
}
