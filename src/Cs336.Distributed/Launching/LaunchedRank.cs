using System.Globalization;

namespace Cs336.Distributed;

/// <summary>What a launcher's environment variables say of this process.</summary>
/// <param name="Rank">Its number, from 0.</param>
/// <param name="Size">How many were started; null where the launcher does not tell.</param>
/// <param name="Launcher">Who started it.</param>
/// <param name="Variable">The variable that says the rank.</param>
/// <param name="JoinsMpi">Whether such a launcher can join processes by MPI.</param>
public sealed record LaunchedRank(int Rank, int? Size, string Launcher, string Variable, bool JoinsMpi)
{
    /// <summary>For each launcher its variables of rank and size; the most specific first, since some also set those of others.</summary>
    private static readonly (string Rank, string[] Sizes, string Launcher, bool JoinsMpi)[] Known =
    [
        ("OMPI_COMM_WORLD_RANK", ["OMPI_COMM_WORLD_SIZE"], "OpenMPI's mpirun", true),
        ("PMI_RANK", ["PMI_SIZE"], "a PMI launcher (MPICH's mpirun or srun)", true),
        ("PMIX_RANK", ["SLURM_STEP_NUM_TASKS"], "a PMIx launcher (prterun or srun)", true),
        // SLURM_PROCID is also set in a batch script itself, which no srun has started; the number of a step's tasks is not.
        ("SLURM_PROCID", ["SLURM_STEP_NUM_TASKS"], "srun", true),
        ("RANK", ["WORLD_SIZE"], "torchrun or Kubeflow", false),
        ("JOB_COMPLETION_INDEX", ["WORLD_SIZE", "CS336_RANKS"], "an indexed job of Kubernetes", false),
    ];

    /// <summary>Looks at the variables of this process.</summary>
    /// <returns>Null where no launcher has set any.</returns>
    /// <exception cref="CommunicationException">A variable holds no such number.</exception>
    public static LaunchedRank? Find() => Find(Environment.GetEnvironmentVariable);

    /// <summary>Looks at variables.</summary>
    /// <param name="read">The value of a variable; null where it is not set.</param>
    /// <inheritdoc cref="Find()"/>
    public static LaunchedRank? Find(Func<string, string?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        foreach ((string variable, string[] sizes, string launcher, bool joinsMpi) in Known)
        {
            if (Read(read, variable, 0) is not int rank) continue;
            int? size = sizes.Select(name => Read(read, name, 1)).FirstOrDefault(value => value is not null);
            if (size is null && variable == "SLURM_PROCID") continue;
            if (rank >= size) throw new CommunicationException($"{variable} is {rank}, but there are {size} ranks, numbered from 0: was it "
                + "left by another launcher?");
            return new LaunchedRank(rank, size, launcher, variable, joinsMpi);
        }
        return null;
    }

    private static int? Read(Func<string, string?> read, string variable, int min)
    {
        if (read(variable) is not { Length: > 0 } text) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min ? value
            : throw new CommunicationException($"{variable} is '{text}', but must be a whole number of at least {min}.");
    }
}
