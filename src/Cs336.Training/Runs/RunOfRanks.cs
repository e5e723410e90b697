using System.Text;

namespace Cs336.Training;

/// <summary>What rank 0 tells the others of the run that they make together.</summary>
internal static class RunOfRanks
{
    private const byte New = 1;

    public static byte[] Write(RunConfig config, bool isNew) => [isNew ? New : (byte)0, .. Encoding.UTF8.GetBytes(config.ToJson())];

    /// <summary>The parts, and whether the run begins.</summary>
    /// <param name="directory">The run's folder, which need not be there on this rank.</param>
    /// <exception cref="InvalidDataException">The data is not there, or not as it should be.</exception>
    public static (RunParts Parts, bool IsNew) Read(byte[] told, RunDirectory directory)
    {
        RunConfig config = RunConfig.Parse(Encoding.UTF8.GetString(told.AsSpan(1)));
        // Samples are rank 0's affair.
        RunParts parts = new(config with { Directory = directory.Path, Samples = new SampleConfig() });
        return parts.ReadingProblems.Count == 0 ? (parts, told[0] == New)
            : throw new InvalidDataException(string.Join(Environment.NewLine, parts.ReadingProblems));
    }
}
