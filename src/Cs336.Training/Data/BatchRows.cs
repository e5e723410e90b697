namespace Cs336.Training;

/// <summary>How many windows a run's batches have, and which rows of them a rank reads.</summary>
/// <param name="SizeOf">Windows of a batch by its number in the run, from 0.</param>
/// <param name="RowsOf">Of a batch of so many rows, the first one that is read, and how many are.</param>
/// <param name="Most">The most rows that are read of any batch.</param>
internal sealed record BatchRows(Func<long, int> SizeOf, Func<int, (int First, int Count)> RowsOf, int Most);
