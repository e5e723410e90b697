using System.Text;

namespace Cs336.Training;

/// <summary>What a run asks of its ranks.</summary>
internal static class RankGroupExtensions
{
    private const byte Done = 0, Failed = 1;

    /// <summary>Whether this rank reads and writes what the run keeps.</summary>
    public static bool IsFirst(this IRankGroup ranks) => ranks.Rank == 0;

    /// <summary>A number as rank 0 has it.</summary>
    public static double OfFirst(this IRankGroup ranks, double own) => ranks.Size == 1 ? own : ranks.Gather([own])[0];

    /// <summary>Which part of a batch is this rank's: consecutive rows, as many as every other's or one more or less.</summary>
    public static (int First, int Count) RowsOf(this IRankGroup ranks, int batchSize)
    {
        int first = (int)((long)batchSize * ranks.Rank / ranks.Size);
        return (first, (int)((long)batchSize * (ranks.Rank + 1) / ranks.Size) - first);
    }

    /// <summary>Why batches of this size cannot be divided, as a sentence; null where they can.</summary>
    public static string? FindProblem(this IRankGroup ranks, TrainerOptions options)
    {
        int smallest = options.BatchSizeOf(0);
        return smallest >= ranks.Size ? null
            : $"{(options.Ramp is null ? "batch_size" : "batch_size_start")} is {smallest}, but there are {ranks.Size} ranks: give each at "
                + "least one window of every batch.";
    }

    /// <summary>Rank 0 does something; where it fails all ranks fail, so that none waits for one that has ended.</summary>
    /// <inheritdoc cref="FromFirst"/>
    public static void OnFirst(this IRankGroup ranks, Action act) => ranks.FromFirst(() =>
    {
        act();
        return [];
    });

    /// <summary>Rank 0 makes bytes, which all get; where it fails all ranks fail, so that none waits for one that has ended.</summary>
    /// <exception cref="InvalidDataException">Rank 0 has failed; on rank 0 itself, its own exception.</exception>
    public static byte[] FromFirst(this IRankGroup ranks, Func<byte[]> make)
    {
        if (ranks.Size == 1) return make();
        if (!ranks.IsFirst())
        {
            byte[] told = ranks.Share(null);
            return told[0] == Done ? told[1..] : throw new InvalidDataException($"Rank 0: {Encoding.UTF8.GetString(told.AsSpan(1))}");
        }
        byte[] made;
        try
        {
            made = make();
        }
        catch (Exception exception)
        {
            ranks.Share([Failed, .. Encoding.UTF8.GetBytes(exception.Message)]);
            throw;
        }
        ranks.Share([Done, .. made]);
        return made;
    }

    /// <summary>Every rank does something, and where one fails all do.</summary>
    /// <exception cref="InvalidDataException">A rank has failed; on that rank the inner exception is its own.</exception>
    public static void Together(this IRankGroup ranks, Action act)
    {
        if (ranks.Size == 1)
        {
            act();
            return;
        }
        Exception? failure = null;
        try
        {
            act();
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        double[] failed = ranks.Gather([failure is null ? Done : Failed]);
        if (failure is not null) throw new InvalidDataException($"Rank {ranks.Rank}: {failure.Message}", failure);
        if (failed.Sum() > 0)
            throw new InvalidDataException($"{NamesOf(failed.Select(value => value != Done))} cannot begin; what keeps it is told there.");
    }

    /// <summary>The ranks that are marked, as <c>rank 1</c> or <c>ranks 1, 3</c>.</summary>
    public static string NamesOf(IEnumerable<bool> marks)
    {
        int[] marked = [.. marks.Select((isMarked, rank) => (isMarked, rank)).Where(item => item.isMarked).Select(item => item.rank)];
        return marked.Length == 1 ? $"rank {marked[0]}" : $"ranks {string.Join(", ", marked)}";
    }
}
