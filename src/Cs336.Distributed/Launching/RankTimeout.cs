using System.Globalization;

namespace Cs336.Distributed;

/// <summary>How long a rank is waited for before the job ends with its name.</summary>
internal static class RankTimeout
{
    public const string Variable = "CS336_RANK_TIMEOUT";
    private const double DefaultSeconds = 600;

    /// <summary>
    /// The seconds in the variable, or ten minutes: longer than what a rank does alone, such as writing a checkpoint or telling a slow
    /// observer.
    /// </summary>
    /// <exception cref="CommunicationException">The variable holds no number above 0.</exception>
    public static TimeSpan Find()
    {
        string? text = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(text)) return TimeSpan.FromSeconds(DefaultSeconds);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds > 0
            && seconds < int.MaxValue ? TimeSpan.FromSeconds(seconds)
            : throw new CommunicationException($"{Variable} is '{text}', but must be a number of seconds above 0.");
    }
}
