using System.Globalization;

namespace Cs336.Inference.Tests;

public sealed class AccountingPageTests
{
    private static readonly TransformerConfig[] Sizes = [Gpt2Shapes.Small, Gpt2Shapes.Medium, Gpt2Shapes.Large, Gpt2Shapes.Xl];
    private static readonly TransformerConfig[] Sizes2026 =
        [Gpt2Shapes.Small2026, Gpt2Shapes.Medium2026, Gpt2Shapes.Large2026, Gpt2Shapes.Xl2026];

    [Fact]
    public void The_tables_of_the_page_are_what_the_code_counts()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "accounting.md"));
        string[] tables =
        [
            ParameterTable("parameters", Sizes), FlopTable("forward FLOPs at 1,024", Sizes, 1024),
                LongContextTable("XL", Gpt2Shapes.Xl), MemoryTable("size", Sizes), SavingsTable(),
            ParameterTable("parameters, 2026", Sizes2026), FlopTable("forward FLOPs at 1,024, 2026", Sizes2026, 1024),
                FlopTable("forward FLOPs at 16,384, 2026", Sizes2026, 16_384),
            ShareTable("share at 1,024, 2026", 1024), ShareTable("share at 16,384, 2026", 16_384),
                MemoryTable("size, 2026", Sizes2026), ActivationTable(), PeakTable(),
        ];
        foreach (string table in tables) Assert.Contains(table, page);
        string days = Number((Int128)Math.Round(TrainingTime.Days(Gpt2Shapes.Xl, 1024, 1024, 400_000, 19.5e12, 0.5)));
        Assert.Contains($"at an MFU of 0.5: {days} days.", page);
        double hours = 24 * TrainingTime.Days(
            Gpt2Shapes.Xl2026, 1024, 1024, 400_000, PeakFlops.Known["h100:tf32"], 0.5, matrixProductsOnly: true);
        Assert.Contains($"at an MFU of 0.5: {Number((Int128)Math.Round(hours))} hours.", page);
        Assert.Contains($"14 a parameter: {Number(FlopCount.AdamWStep(Gpt2Shapes.Xl2026))} for", page);
    }

    private static string ParameterTable(string title, TransformerConfig[] sizes) => Table([title, "small", "medium", "large", "XL"],
        Rows(
            sizes.Select(ParameterCount.Of).Select(count => count.Components),
            [.. sizes.Select(config => (Int128)ParameterCount.Of(config).Total)]));

    private static string FlopTable(string title, TransformerConfig[] sizes, int length)
    {
        FlopCount[] counts = [.. sizes.Select(config => FlopCount.Forward(config, length))];
        string products = sizes == Sizes2026 ? Row(["matrix products alone", .. counts.Select(count => Number(count.MatrixProducts))]) : "";
        return Table([title, "small", "medium", "large", "XL"],
            [.. Rows(counts.Select(count => count.Components), [.. counts.Select(count => count.Total)]), products]);
    }

    private static string LongContextTable(string title, TransformerConfig config)
    {
        FlopCount near = FlopCount.Forward(config, 1024), far = FlopCount.Forward(config, 16_384);
        return Table([title, "FLOPs at 1,024", "share", "FLOPs at 16,384", "share"],
        [
            .. near.Components.Zip(
                far.Components,
                (a, b) => Row(a.Name, Number(a.Value), Share(a.Value, near.Total), Number(b.Value), Share(b.Value, far.Total))),
            Row("total", Number(near.Total), "", Number(far.Total), ""),
        ]);
    }

    /// <summary>The products' shares of each other, as the course of 2026 asks for them.</summary>
    private static string ShareTable(string title, int length)
    {
        FlopCount[] counts = [.. Sizes2026.Select(config => FlopCount.Forward(config, length))];
        return Table([title, "small", "medium", "large", "XL"], Enumerable.Range(0, 5)
            .Select(i => Row(
                [counts[0].Components[i].Name, .. counts.Select(count => Share(count.Components[i].Value, count.MatrixProducts))])));
    }

    private static string MemoryTable(string title, TransformerConfig[] sizes) => Table([title, "bytes to train", "largest batch in 80 GB"],
        sizes.Zip(["small", "medium", "large", "XL"], (config, name) =>
        {
            TrainingMemory memory = TrainingMemory.Of(config, 1024);
            return Row(name, memory.Expression, Number(memory.LargestBatch(80_000_000_000)));
        }));

    private static string ActivationTable()
    {
        ActivationMemory activations = ActivationMemory.PerSequence(Gpt2Shapes.Xl2026, 1024);
        return Table(["XL, 2026", "bytes of a sequence", "share"],
            [.. activations.Components.Select(item => Row(item.Name, Number(item.Value), Share(item.Value, activations.Total))),
                Row("total", Number(activations.Total), "")]);
    }

    private static string PeakTable() => Table(
        ["TFLOP/s, dense", "fp32", "tf32", "bf16", "fp8"], new[] { "a100", "h100", "b200" }.Select(device =>
        Row([device, .. new[] { "fp32", "tf32", "bf16", "fp8" }
            .Select(format => PeakFlops.Known.TryGetValue($"{device}:{format}", out double peak)
            ? (peak / 1e12).ToString("#,0.#", CultureInfo.InvariantCulture) : "")])));

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
