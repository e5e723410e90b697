using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Registers the options of a part: how they are set, and that they are checked when the host starts, all problems at once.</summary>
internal static class PartOptions
{
    /// <summary>Options that code sets.</summary>
    public static Cs336Builder AddPartOptions<TOptions>(this Cs336Builder builder, Action<TOptions>? configure, Func<TOptions, IReadOnlyList<string>> findProblems)
        where TOptions : class
    {
        OptionsBuilder<TOptions> options = builder.BeginOptions(findProblems);
        if (configure is not null) options.Configure(configure);
        return builder;
    }

    /// <summary>Options that a configuration section sets.</summary>
    public static Cs336Builder AddPartOptions<TOptions>(this Cs336Builder builder, IConfiguration section, Func<TOptions, IReadOnlyList<string>> findProblems)
        where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(section);
        OptionsBuilder<TOptions> options = builder.BeginOptions(findProblems);
        options.Configure(target => SectionReader.Read(section, target));
        builder.Services.AddSingleton<IValidateOptions<TOptions>>(new SectionValidator<TOptions>(options.Name, section));
        builder.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(services => new CheckedReload<TOptions>(options.Name, section, services));
        return builder;
    }

    /// <summary>Adds a check of the options of every name, once.</summary>
    public static Cs336Builder AddOptionsCheck<TOptions, TValidator>(this Cs336Builder builder)
        where TOptions : class where TValidator : class, IValidateOptions<TOptions>
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        return builder;
    }

    private static OptionsBuilder<TOptions> BeginOptions<TOptions>(this Cs336Builder builder, Func<TOptions, IReadOnlyList<string>> findProblems)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>>(new ProblemsValidator<TOptions>(findProblems)));
        return builder.Services.AddOptions<TOptions>(builder.Name ?? Options.DefaultName).ValidateOnStart();
    }

    private sealed class ProblemsValidator<TOptions>(Func<TOptions, IReadOnlyList<string>> findProblems) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) => ToResult(findProblems(options));
    }

    private sealed class SectionValidator<TOptions>(string name, IConfiguration section) : IValidateOptions<TOptions>
        where TOptions : class, new()
    {
        public ValidateOptionsResult Validate(string? validated, TOptions options) =>
            validated == name ? ToResult(SectionReader.Read(section, new TOptions())) : ValidateOptionsResult.Skip;
    }

    private static ValidateOptionsResult ToResult(IReadOnlyList<string> problems) =>
        problems.Count > 0 ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
}
