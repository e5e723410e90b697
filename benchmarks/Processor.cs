using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Cs336.Benchmarks;

/// <summary>Which processor this is: what it calls itself, and the numbers that tell its generations apart.</summary>
/// <param name="Brand">Its name, of which cloud machines often leave out everything but the series.</param>
/// <param name="Family">On x86 the family; on ARM the maker's number.</param>
/// <param name="Model">On x86 the model; on ARM the part's number.</param>
internal sealed record Processor(string Brand, int Family, int Model)
{
    private const string Info = "/proc/cpuinfo";

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>The processor that this runs on.</summary>
    public static Processor Current { get; } = File.Exists(Info) ? Read(File.ReadLines(Info)) : Ask();

    /// <summary>The generation's name where the brand does not tell it and the numbers do (AMD); null elsewhere.</summary>
    public string? Generation => !Brand.StartsWith("AMD", StringComparison.Ordinal) ? null : (Family, Model) switch
    {
        (0x17, < 0x30) => "Zen 1",
        (0x17, _) => "Zen 2",
        (0x19, >= 0x10 and < 0x20) or (0x19, >= 0x60) => "Zen 4",
        (0x19, _) => "Zen 3",
        (0x1A, < 0x50) or (0x1A, >= 0x60 and < 0x80) => "Zen 5",
        _ => null,
    };

    /// <summary>The numbers in words.</summary>
    public string Numbers => IsArm
        ? string.Create(CultureInfo.InvariantCulture, $"implementer {Family}, part {Model}")
        : string.Create(CultureInfo.InvariantCulture, $"family {Family}, model {Model}");

    /// <summary>From the first processor of Linux's list.</summary>
    private static Processor Read(IEnumerable<string> lines)
    {
        Dictionary<string, string> first = [];
        foreach (string line in lines)
            if (line.Split(':', 2) is [string name, string value]) first.TryAdd(name.Trim(), value.Trim());
        return IsArm
            ? new Processor(first.GetValueOrDefault("model name", "ARM"), Number("CPU implementer"), Number("CPU part"))
            : new Processor(first.GetValueOrDefault("model name", "x86"), Number("cpu family"), Number("model"));

        int Number(string name)
        {
            string text = first.GetValueOrDefault(name, "0");
            return text.StartsWith("0x", StringComparison.Ordinal)
                ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : int.Parse(text, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>From the processor itself, by the instruction CPUID, where that is let through.</summary>
    private static Processor Ask()
    {
        if (!X86Base.IsSupported) return new Processor(RuntimeInformation.ProcessArchitecture.ToString(), 0, 0);
        int signature = X86Base.CpuId(1, 0).Eax;
        int family = (signature >> 8) & 0xF, model = (signature >> 4) & 0xF;
        if (family is 6 or 15) model |= (signature >> 12) & 0xF0;
        if (family == 15) family += (signature >> 20) & 0xFF;
        StringBuilder brand = new();
        for (int leaf = unchecked((int)0x80000002); leaf <= unchecked((int)0x80000004); leaf++)
        {
            (int a, int b, int c, int d) = X86Base.CpuId(leaf, 0);
            foreach (int word in (int[])[a, b, c, d]) brand.Append(Encoding.ASCII.GetString(BitConverter.GetBytes(word)));
        }
        return new Processor(brand.ToString().Trim('\0', ' '), family, model);
    }
}
