namespace Cs336.Parts;

/// <summary>Finds what is wrong with options, one sentence for each problem.</summary>
/// <param name="services">Where to find what the options must fit together with.</param>
/// <param name="name">The part's name; null for one without a name.</param>
/// <param name="options">As the app has set them.</param>
internal delegate IReadOnlyList<string> OptionsCheck<in TOptions>(IServiceProvider services, string? name, TOptions options);
