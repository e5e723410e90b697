using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Checks the attributes of <see cref="TokenizerOptions"/>; the code is generated.</summary>
[OptionsValidator]
internal sealed partial class TokenizerOptionsValidator : IValidateOptions<TokenizerOptions>;
