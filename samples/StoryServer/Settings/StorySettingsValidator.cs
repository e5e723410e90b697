using Microsoft.Extensions.Options;

namespace StoryServer.Settings;

/// <summary>Checks the attributes of <see cref="StorySettings"/>; the code is generated.</summary>
[OptionsValidator]
internal sealed partial class StorySettingsValidator : IValidateOptions<StorySettings>;
