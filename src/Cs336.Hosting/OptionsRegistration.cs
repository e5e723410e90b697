using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Registers options that are checked when the host starts, all problems in one message.</summary>
internal static class OptionsRegistration
{
    public static void AddCheckedOptions<TOptions>(this IServiceCollection services, Action<TOptions>? configure, Func<TOptions, IReadOnlyList<string>> findProblems)
        where TOptions : class
    {
        OptionsBuilder<TOptions> options = services.AddOptions<TOptions>();
        if (configure is not null) options.Configure(configure);
        services.AddSingleton<IValidateOptions<TOptions>>(new ProblemsValidator<TOptions>(findProblems));
        options.ValidateOnStart();
    }

    private sealed class ProblemsValidator<TOptions>(Func<TOptions, IReadOnlyList<string>> findProblems) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            findProblems(options) is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
