using System.Diagnostics.CodeAnalysis;
using Cs336.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using static System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes;

namespace Cs336.Parts;

/// <summary>
/// Registers the options of a part: how they are set, and that they are checked when the host starts, all problems at once.
/// </summary>
internal static class PartOptions
{
    /// <summary>Options that code sets.</summary>
    public static Cs336Builder AddPartOptions<[DynamicallyAccessedMembers(PublicParameterlessConstructor)] TOptions>(
        this Cs336Builder builder, Action<TOptions>? configure, OptionsCheck<TOptions> check)
        where TOptions : class
    {
        OptionsBuilder<TOptions> options = builder.BeginOptions(check);
        if (configure is not null) options.Configure(configure);
        return builder;
    }

    /// <summary>Options that a configuration section sets.</summary>
    public static Cs336Builder AddPartOptions<[DynamicallyAccessedMembers(PublicParameterlessConstructor)] TOptions>(
        this Cs336Builder builder, IConfiguration section, SectionReader reader, OptionsCheck<TOptions> check)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(section);
        OptionsBuilder<TOptions> options = builder.BeginOptions(check);
        options.Configure(target => reader.Read(section, target));
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new SectionValidator<TOptions>(options.Name, section, reader));
        builder.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(
            services => new CheckedReload<TOptions>(options.Name, section, services));
        return builder;
    }

    /// <summary>Adds the check of the options of every name, once.</summary>
    public static void AddOptionsCheck<TOptions>(this Cs336Builder builder, OptionsCheck<TOptions> check) where TOptions : class =>
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, CheckValidator<TOptions>>(
            services => new CheckValidator<TOptions>(services, check)));

    private static OptionsBuilder<TOptions> BeginOptions<[DynamicallyAccessedMembers(PublicParameterlessConstructor)] TOptions>(
        this Cs336Builder builder, OptionsCheck<TOptions> check)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddOptionsCheck(check);
        return builder.Services.AddOptions<TOptions>(builder.Name ?? Options.DefaultName).ValidateOnStart();
    }

    private sealed class CheckValidator<TOptions>(IServiceProvider services, OptionsCheck<TOptions> check) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            ToResult(check(services, string.IsNullOrEmpty(name) ? null : name, options));
    }

    private sealed class SectionValidator<TOptions>(string name, IConfiguration section, SectionReader reader) : IValidateOptions<TOptions>
        where TOptions : class, new()
    {
        public ValidateOptionsResult Validate(string? validated, TOptions options) =>
            validated == name ? ToResult(reader.Read(section, new TOptions())) : ValidateOptionsResult.Skip;
    }

    private static ValidateOptionsResult ToResult(IReadOnlyList<string> problems) =>
        problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
}
