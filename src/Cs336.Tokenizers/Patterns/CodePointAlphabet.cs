using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// The code points in classes, so that those of one class are in the same ones of a pattern's sets: to the pattern they are all alike.
/// </summary>
/// <remarks>
/// 256 code points are given their classes when the first of them is asked for. Two threads may do so at once; they come to the same.
/// </remarks>
internal sealed class CodePointAlphabet
{
    private const int CategoryCount = 30, PageSize = 256, MaxClasses = 200, MaxPieces = 20_000;

    private readonly int[] _borders;

    // A class for each interval between two borders and each category.
    private readonly byte[] _classes;
    private readonly byte[]?[] _pages = new byte[CodePointSet.End / PageSize][];

    /// <exception cref="FormatException">The sets tell too many kinds of code points apart.</exception>
    public CodePointAlphabet(IReadOnlyList<CodePointSet> sets)
    {
        _borders = [.. sets.SelectMany(set => set.Borders()).Append(0).Where(border => border < CodePointSet.End).Distinct().Order()];
        if (_borders.Length > MaxPieces) throw new FormatException($"The pattern names more than {MaxPieces:N0} ranges of code points.");
        _classes = new byte[_borders.Length * CategoryCount];
        Dictionary<string, byte> found = [];
        List<bool[]> members = [];
        for (int i = 0; i < _classes.Length; i++)
        {
            bool[] isIn = [.. sets.Select(set => set.Contains(_borders[i / CategoryCount], (UnicodeCategory)(i % CategoryCount)))];
            string key = string.Concat(isIn.Select(value => value ? '1' : '0'));
            if (!found.TryGetValue(key, out byte number))
            {
                if (members.Count == MaxClasses)
                    throw new FormatException($"The pattern tells more than {MaxClasses} kinds of code points apart.");
                found[key] = number = (byte)members.Count;
                members.Add(isIn);
            }
            _classes[i] = number;
        }
        Members = members;
    }

    /// <summary>The number of classes.</summary>
    public int Count => Members.Count;

    /// <summary>For each class and each set whether the class is in it.</summary>
    public IReadOnlyList<bool[]> Members { get; }

    /// <summary>The class of a code point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ClassOf(int codePoint) => (_pages[codePoint / PageSize] ?? Fill(codePoint / PageSize))[codePoint % PageSize];

    /// <summary>The class of the code point at a place in UTF-8 text, and how many bytes it takes. Malformed bytes are as U+FFFD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Read(ReadOnlySpan<byte> text, int position, out int length)
    {
        if (text.Length - position >= sizeof(uint))
        {
            uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(text.Slice(position, sizeof(uint)));
            if ((bytes & 0xC0E0) == 0x80C0)
            {
                uint value = ((bytes & 0x1F) << 6) | ((bytes >> 8) & 0x3F);
                if (value >= 0x80)
                {
                    length = 2;
                    return ClassOf((int)value);
                }
            }
            else if ((bytes & 0xC0C0F0) == 0x8080E0)
            {
                uint value = ((bytes & 0x0F) << 12) | ((bytes >> 2) & 0xFC0) | ((bytes >> 16) & 0x3F);
                if (value >= 0x800 && (value & 0xF800) != 0xD800)
                {
                    length = 3;
                    return ClassOf((int)value);
                }
            }
        }
        Rune.DecodeFromUtf8(text[position..], out Rune rune, out length);
        return ClassOf(rune.Value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte[] Fill(int number)
    {
        byte[] page = new byte[PageSize];
        int interval = Array.BinarySearch(_borders, number * PageSize);
        if (interval < 0) interval = ~interval - 1;
        for (int i = 0; i < PageSize; i++)
        {
            int codePoint = (number * PageSize) + i;
            while (interval + 1 < _borders.Length && _borders[interval + 1] <= codePoint) interval++;
            page[i] = _classes[(interval * CategoryCount) + (int)CharUnicodeInfo.GetUnicodeCategory(codePoint)];
        }
        Volatile.Write(ref _pages[number], page);
        return page;
    }
}
