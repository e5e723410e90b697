using System.Globalization;

namespace Cs336.Inference.Tests;

public sealed class AccountingPageTests
{
    private static readonly TransformerConfig[] Sizes = [Gpt2Shapes.Small, Gpt2Shapes.Medium, Gpt2Shapes.Large, Gpt2Shapes.Xl];

    [Fact]
    public void The_tables_of_the_page_are_what_the_code_counts()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "accounting.md"));
        foreach (string table in (string[])[ParameterTable(), FlopTable(), LongContextTable(), MemoryTable(), SavingsTable()])
            Assert.Contains(table, page);
        string days = Number((Int128)Math.Round(TrainingTime.Days(Gpt2Shapes.Xl, 1024, 1024, 400_000, 19.5e12, 0.5)));
        Assert.Contains($"at an MFU of 0.5: {days} days.", page);
    }

    private static string ParameterTable() => Table(["parameters", "small", "medium", "large", "XL"],
        Rows(
            Sizes.Select(ParameterCount.Of).Select(count => count.Components),
            [.. Sizes.Select(config => (Int128)ParameterCount.Of(config).Total)]));

    private static string FlopTable() => Table(["forward FLOPs at 1,024", "small", "medium", "large", "XL"],
        Rows(
            Sizes.Select(config => FlopCount.Forward(config, 1024).Components),
            [.. Sizes.Select(config => FlopCount.Forward(config, 1024).Total)]));

    private static string LongContextTable()
    {
        FlopCount near = FlopCount.Forward(Gpt2Shapes.Xl, 1024), far = FlopCount.Forward(Gpt2Shapes.Xl, 16_384);
        return Table(["XL", "FLOPs at 1,024", "share", "FLOPs at 16,384", "share"],
        [
            .. near.Components.Zip(
                far.Components,
                (a, b) => Row(a.Name, Number(a.Value), Share(a.Value, near.Total), Number(b.Value), Share(b.Value, far.Total))),
            Row("total", Number(near.Total), "", Number(far.Total), ""),
        ]);
    }

    private static string MemoryTable() => Table(["size", "bytes to train", "largest batch in 80 GB"],
        Sizes.Zip(["small", "medium", "large", "XL"], (config, name) =>
        {
            TrainingMemory memory = TrainingMemory.Of(config, 1024);
            return Row(name, memory.Expression, Number(memory.LargestBatch(80_000_000_000)));
        }));

    private static string SavingsTable() => Table(["XL", "activations of a sequence", "largest batch in 80 GB"],
        new (string Name, ActivationOptions Options)[]
        {
            ("as the course counts", new()),
            ("fused attention", new() { FusedAttention = true }),
            ("loss in chunks of 128", new() { LossChunkLength = 128 }),
            ("both", new() { FusedAttention = true, LossChunkLength = 128 }),
        }.Select(row =>
        {
            TrainingMemory memory = TrainingMemory.Of(Gpt2Shapes.Xl, 1024, row.Options);
            return Row(row.Name, Number(memory.PerSequence), Number(memory.LargestBatch(80_000_000_000)));
        }));

    private static IEnumerable<string> Rows(IEnumerable<IReadOnlyList<AccountedComponent>> sizes, Int128[] totals)
    {
        IReadOnlyList<AccountedComponent>[] columns = [.. sizes];
        for (int i = 0; i < columns[0].Count; i++)
            yield return Row([columns[0][i].Name, .. columns.Select(column => Number(column[i].Value))]);
        yield return Row(["total", .. totals.Select(Number)]);
    }

    private static string Table(string[] titles, IEnumerable<string> rows) =>
        $"{Row(titles)}|---|{string.Concat(Enumerable.Repeat("---:|", titles.Length - 1))}\n{string.Concat(rows)}";

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells)} |\n";

    private static string Number(Int128 value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Share(Int128 part, Int128 whole) =>
        ((double)part / (double)whole).ToString("0.00%", CultureInfo.InvariantCulture);
}
