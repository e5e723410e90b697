using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>
/// A pattern as a deterministic automaton over UTF-8: from its state and the next byte or code point it goes to the next state by one look
/// into a table, so a match takes time in proportion to its length, whatever the pattern is.
/// </summary>
/// <remarks>
/// A state is the list of <see cref="PatternProgram"/>'s steps where a match may stand, the preferred first. It tells a match one code
/// point late, when what stands ahead is known: so a look at the next code point needs nothing besides. A step that is whole ends the
/// list, as whatever comes after it would have been preferred less. The match is the one that a backtracking search would find first.
/// </remarks>
internal sealed class PatternAutomaton
{
    private const int MaxStates = 4_000, MaxWork = 20_000_000;

    /// <summary>Of an entry: the state's number is above, and the lowest bit tells that a match is whole before this code point.</summary>
    private const int StateShift = 1, Dead = 0, First = 1;

    private readonly PatternProgram _program;
    private readonly CodePointAlphabet _alphabet;
    private readonly Dictionary<CodePointSet, int> _setNumbers = [];
    private readonly bool _isSpelled;

    // A row for each state: an entry for each byte that is a code point by itself, and in the other table one for each class and then one
    // for the text's end.
    private int[] _ofBytes = [];
    private int[] _entries = [];
    private int _work;

    /// <exception cref="FormatException">The pattern is not understood here, or takes too much to keep; the message says why.</exception>
    /// <param name="pattern">In the syntax that <see cref="PatternPreTokenizer"/> tells.</param>
    /// <param name="isSpelled">
    /// Whether it sees each byte of the text as the character that spells it in <see cref="Gpt2ByteAlphabet"/>.
    /// </param>
    public PatternAutomaton(string pattern, bool isSpelled)
    {
        _isSpelled = isSpelled;
        _program = new PatternProgram(pattern);
        foreach (PatternProgram.Step step in _program.Steps)
        {
            if (step.Set is not null) _setNumbers.TryAdd(step.Set, _setNumbers.Count);
        }
        _alphabet = new CodePointAlphabet([.. _setNumbers.Keys]);
        BuildStates(pattern);
        Cuts = new PatternCuts(_program, _alphabet, _setNumbers, FindBeginnings());
    }

    /// <summary>Between which classes text can be cut.</summary>
    public PatternCuts Cuts { get; }

    /// <summary>The classes of what a code point begins and ends with.</summary>
    public (int First, int Last) ClassesOf(int codePoint)
    {
        if (!_isSpelled) return (_alphabet.ClassOf(codePoint), _alphabet.ClassOf(codePoint));
        Span<byte> bytes = stackalloc byte[4];
        int length = new Rune(codePoint).EncodeToUtf8(bytes);
        return (ClassOfByte(bytes[0]), ClassOfByte(bytes[length - 1]));
    }

    /// <summary>How many bytes the code point has that stands at a place, as the pattern sees it.</summary>
    public int LengthAt(ReadOnlySpan<byte> text, int position)
    {
        if (_isSpelled) return 1;
        Rune.DecodeFromUtf8(text[position..], out _, out int length);
        return length;
    }

    /// <summary>The bytes that are a code point by themselves.</summary>
    private int ByteCount => _isSpelled ? 256 : 128;

    private int RowLength => _alphabet.Count + 1;

    /// <summary>The end of the match that starts at a place, or the place itself where none does.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="start">Where the match starts.</param>
    /// <param name="work">Is raised by the bytes that were looked at, which may be more than the match has.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int FindEnd(ReadOnlySpan<byte> text, int start, ref long work)
    {
        ref int ofBytes = ref MemoryMarshal.GetArrayDataReference(_ofBytes);
        int byteCount = ByteCount;
        int state = First, end = start, position = start;
        while ((uint)position < (uint)text.Length)
        {
            byte value = text[position];
            int entry, length = 1;
            if (value < byteCount) entry = Unsafe.Add(ref ofBytes, (state * byteCount) + value);
            else entry = _entries[(state * RowLength) + _alphabet.Read(text, position, out length)];
            if ((entry & 1) != 0) end = position;
            state = entry >> StateShift;
            if (state == Dead)
            {
                work += position - start;
                return end;
            }
            position += length;
        }
        work += position - start;
        return (_entries[(state * RowLength) + _alphabet.Count] & 1) != 0 ? text.Length : end;
    }

    private void BuildStates(string pattern)
    {
        List<int[]> states = [[], [_program.Start]];
        Dictionary<string, int> numbers = new() { [""] = Dead, [Key(states[First])] = First };
        List<int> entries = [.. new int[RowLength]];
        for (int state = First; state < states.Count; state++)
        {
            for (int column = 0; column < RowLength; column++)
            {
                int[] next = Step(states[state], column, out bool isMatch);
                string key = Key(next);
                if (!numbers.TryGetValue(key, out int number))
                {
                    if (states.Count == MaxStates || _work > MaxWork)
                        throw new FormatException(
                            $"The pattern {PatternText.Quote(pattern)} takes more than {MaxStates:N0} states, or too long to build: " +
                            "not read here.");
                    numbers[key] = number = states.Count;
                    states.Add(next);
                }
                entries.Add((number << StateShift) | (isMatch ? 1 : 0));
            }
        }
        _entries = [.. entries];
        _ofBytes = new int[states.Count * ByteCount];
        for (int i = 0; i < _ofBytes.Length; i++) _ofBytes[i] = _entries[(i / ByteCount * RowLength) + ClassOfByte((byte)(i % ByteCount))];
    }

    private int ClassOfByte(byte value) => _alphabet.ClassOf(_isSpelled ? Gpt2ByteAlphabet.Spell([value])[0] : value);

    private static string Key(int[] steps) => string.Join(' ', steps);

    /// <summary>The steps after a code point of a class; the class after the last one is the text's end.</summary>
    private int[] Step(int[] state, int column, out bool isMatch)
    {
        isMatch = false;
        List<int> next = [];
        HashSet<int> visited = [], taken = [];
        Stack<int> open = new(state.Reverse());
        while (open.TryPop(out int number))
        {
            _work++;
            if (!visited.Add(number)) continue;
            PatternProgram.Step step = _program.Steps[number];
            switch (step.Kind)
            {
                case PatternProgram.StepKind.Match:
                    isMatch = true;
                    return [.. next];
                case PatternProgram.StepKind.Choice:
                    open.Push(step.Other);
                    open.Push(step.Next);
                    break;
                case PatternProgram.StepKind.Ahead when column == _alphabet.Count ? step.AtEnd : IsIn(step.Set!, column):
                    open.Push(step.Next);
                    break;
                case PatternProgram.StepKind.One when column < _alphabet.Count && IsIn(step.Set!, column) && taken.Add(step.Next):
                    next.Add(step.Next);
                    break;
            }
        }
        return [.. next];
    }

    /// <summary>
    /// The classes at which a match begins whatever follows: from the state after them every way comes to a match, as a text ends
    /// somewhere.
    /// </summary>
    private bool[] FindBeginnings()
    {
        bool[] isSure = new bool[_entries.Length / RowLength];
        for (int state = First; state < isSure.Length; state++) isSure[state] = IsMatch(state, _alphabet.Count);
        for (bool hasChanged = true; hasChanged;)
        {
            hasChanged = false;
            for (int state = First; state < isSure.Length; state++)
            {
                if (!isSure[state] || Enumerable.Range(0, _alphabet.Count).All(i => IsMatch(state, i) || isSure[Next(state, i)])) continue;
                isSure[state] = false;
                hasChanged = true;
            }
        }
        return [.. Enumerable.Range(0, _alphabet.Count).Select(i => !IsMatch(First, i) && isSure[Next(First, i)])];

        bool IsMatch(int state, int column) => (_entries[(state * RowLength) + column] & 1) != 0;
        int Next(int state, int column) => _entries[(state * RowLength) + column] >> StateShift;
    }

    private bool IsIn(CodePointSet set, int codePointClass) => _alphabet.Members[codePointClass][_setNumbers[set]];
}
