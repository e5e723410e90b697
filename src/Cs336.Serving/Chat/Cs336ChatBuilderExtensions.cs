using Cs336.Parts;
using Cs336.Serving;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a chat client.</summary>
public static class Cs336ChatBuilderExtensions
{
    private static readonly SectionReader Reader = new(ChatTemplateJson.Default.Options);

    /// <summary>
    /// Registers a <see cref="GenerationChatClient"/> over the <see cref="GenerationService"/> that <c>AddGenerationService</c> registers,
    /// and with it an <see cref="IChatClient"/>; keyed by the builder's name where it has one.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="template">
    /// How a conversation is written out for the model; <see cref="ChatTemplate.Plain"/> for a model that knows no conversations.
    /// </param>
    /// <returns>
    /// What the <see cref="IChatClient"/> is built with: <c>.UseLogging()</c>, <c>.UseOpenTelemetry()</c> and so on wrap the client.
    /// </returns>
    /// <exception cref="ArgumentException">The template is not sound.</exception>
    /// <exception cref="InvalidOperationException">
    /// There is an <see cref="IChatClient"/> of this name already, and one of the two would never be asked for.
    /// </exception>
    public static ChatClientBuilder AddChatClient(this Cs336Builder builder, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(template);
        if (template.FindProblems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(template));
        return builder.AddChatClient((services, name) => Create(services, name, template));
    }

    /// <inheritdoc cref="AddChatClient(Cs336Builder, ChatTemplate)"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the names of <see cref="ChatTemplate"/>'s members.</param>
    public static ChatClientBuilder AddChatClient(this Cs336Builder builder, IConfiguration section)
    {
        builder.AddPartOptions<ChatTemplate>(section, Reader, (_, _, template) => template.FindProblems());
        return builder.AddChatClient((services, name) => Create(services, name, services.GetPartOptions<ChatTemplate>(name)));
    }

    private static ChatClientBuilder AddChatClient(this Cs336Builder builder, Func<IServiceProvider, string?, GenerationChatClient> create)
    {
        if (builder.HasPart<IChatClient>())
        {
            throw new InvalidOperationException(
                $"An IChatClient{(builder.Name is null ? "" : $" of the name '{builder.Name}'")} is registered already, "
                + "so one of the two would never be asked for. To wrap this one, chain on what AddChatClient returns "
                + "(.UseLogging() and so on), or after it call "
                + "services.AddChatClient(provider => provider.GetRequiredService<GenerationChatClient>()). "
                + "To have two, give this one a name: AddCs336(\"name\").");
        }
        builder.TryAddPart(create);
        ChatClientChain.Watch(builder.Services, builder.Name);
        string? name = builder.Name;
        return name is null
            ? builder.Services.AddChatClient(services => services.GetRequiredService<GenerationChatClient>())
            : builder.Services.AddKeyedChatClient(name, services => services.GetRequiredKeyedService<GenerationChatClient>(name));
    }

    private static GenerationChatClient Create(IServiceProvider services, string? name, ChatTemplate template) =>
        new(
            services.GetRequiredPart<GenerationService>(name), template, name ?? "cs336",
            services.GetService<ILogger<GenerationChatClient>>());
}
