using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>Compares ids with those of tiktoken, for GPT-2's and cl100k's vocabularies, on texts that are hard to cut.</summary>
internal static class TiktokenCheck
{
    // What the patterns tell apart, and what is easily mistaken for it.
    private static readonly string[] Alphabets =
    [
        "abcXYZ 019'\u2019\n\r\t .,!\"",
        "  \t\n\r\u00a0\u3000\u2028\u0085\u200b\u000b\u000c\u001c\u001d\u001e\u001f\u1680\u180e\ufeff",
        "'strevmldSTREVMLD\u017f\u212a a1\n",
        "aé\u00aa\u00ba\u0130\u0131\u01c5\u02b0१२៣四Ⅳ½²①㊿\u0301\u0345\u200d😀𝟘𝐀🏽 \n",
        "\r\n  x1!",
    ];

    /// <summary>A sentence for the report.</summary>
    public static string Run(BpeModel gpt2, string folder, string npmFolder)
    {
        string text = Path.Combine(folder, "hostile.txt");
        File.WriteAllText(text, MakeText());
        string ranks = Path.Combine(folder, "cl100k.tiktoken");
        if (!RunNode(npmFolder, "ids", "gpt2", text, ranks + ".gpt2")
            || !RunNode(npmFolder, "ids", "cl100k_base", text, ranks + ".ids", ranks))
            return "Ids were not compared with tiktoken's on hostile text, because it could not be run.";
        Dictionary<string, int> special = new()
        {
            ["<|endoftext|>"] = 100257, ["<|fim_prefix|>"] = 100258, ["<|fim_middle|>"] = 100259, ["<|fim_suffix|>"] = 100260,
            ["<|endofprompt|>"] = 100276,
        };
        // The ids that tiktoken leaves out.
        foreach (int id in (int[])[100256, .. Enumerable.Range(100261, 15)]) special[$"<|reserved_{id}|>"] = id;
        BpeModel cl100k = TiktokenFile.Load(ranks, special, PreTokenizers.Cl100k);
        byte[] bytes = File.ReadAllBytes(text);
        bool same = Same(new BpeTokenizer(gpt2).Encode(bytes), ranks + ".gpt2")
            & Same(new BpeTokenizer(cl100k).Encode(bytes), ranks + ".ids");
        return same
            ? $"Ids equal tiktoken's with its `gpt2` and its `cl100k_base` on {bytes.Length:N0} bytes of hostile text: every code point "
                + "up to U+2FFFF, and random mixtures of spaces, ends of lines, contractions, digits and marks."
            : "**Ids differ from tiktoken's on hostile text.**";
    }

    private static string MakeText()
    {
        Random random = new(1);
        StringBuilder text = new();
        for (int codePoint = 1; codePoint < 0x30000; codePoint++)
        {
            if (!Rune.TryCreate(codePoint, out Rune rune)) continue;
            text.Append(rune.ToString()).Append(random.GetItems<string>(["", " ", "a", "1", "!", "\n"], 1)[0]);
        }
        foreach (string alphabet in Alphabets)
        {
            Rune[] runes = [.. alphabet.EnumerateRunes()];
            foreach (Rune rune in random.GetItems(runes, 200_000)) text.Append(rune.ToString());
        }
        foreach (string run in (string[])["a", " ", "\n", "é", "'", "1", "ab"])
            for (int i = 0; i < 2000; i++) text.Append(run);
        return text.ToString();
    }

    private static bool Same(int[] ids, string path) => ids.AsSpan().SequenceEqual(MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(path)));

    private static bool RunNode(string npmFolder, params string[] arguments)
    {
        ProcessStartInfo start = new("node", [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), .. arguments])
        {
            WorkingDirectory = npmFolder,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
