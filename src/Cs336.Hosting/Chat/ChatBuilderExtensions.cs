using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;

namespace Cs336.Hosting;

/// <summary>Registers a chat client.</summary>
public static class ChatBuilderExtensions
{
    /// <summary>Registers an <see cref="IChatClient"/> over the <see cref="GenerationService"/> that <c>AddGenerationService</c> registers.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="template">How a conversation is written out for the model; <see cref="ChatTemplate.Plain"/> for a model that knows no conversations.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddChatClient(this Cs336Builder builder, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(template);
        if (template.FindProblems() is { Count: > 0 } problems) throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(template));
        builder.TryAddPart<IChatClient>((services, name) => Create(services, name, template));
        return builder;
    }

    /// <inheritdoc cref="AddChatClient(Cs336Builder, ChatTemplate)"/>
    /// <param name="builder">The builder.</param>
    /// <param name="section">A configuration section whose keys are the names of <see cref="ChatTemplate"/>'s members.</param>
    public static Cs336Builder AddChatClient(this Cs336Builder builder, IConfiguration section)
    {
        builder.AddPartOptions<ChatTemplate>(section, template => template.FindProblems());
        builder.TryAddPart<IChatClient>((services, name) => Create(services, name, services.GetPartOptions<ChatTemplate>(name)));
        return builder;
    }

    private static GenerationChatClient Create(IServiceProvider services, string? name, ChatTemplate template) =>
        new(services.GetRequiredPart<GenerationService>(name), template, name ?? "cs336");
}
