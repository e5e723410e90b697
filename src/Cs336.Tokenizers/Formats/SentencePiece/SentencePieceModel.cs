namespace Cs336.Tokenizers;

/// <summary>What a SentencePiece model's file says, as far as it matters for ids: the message <c>ModelProto</c>.</summary>
internal sealed class SentencePieceModel
{
    public const string FileName = "tokenizer.model";

    private readonly string _path;
    private ulong _modelType = 1;

    private SentencePieceModel(string path, ReadOnlySpan<byte> file)
    {
        _path = path;
        ProtobufReader reader = new(file, path);
        while (reader.TryReadField())
        {
            switch (reader.Field)
            {
                case 1:
                    Pieces.Add(ReadPiece(reader.ReadBytes()));
                    break;
                case 2:
                    ReadTrainer(reader.ReadBytes());
                    break;
                case 3:
                    ReadNormalizer(reader.ReadBytes());
                    break;
                case 5:
                    ReadDenormalizer(reader.ReadBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (Pieces.Count == 0) throw new InvalidDataException($"{path} is not a SentencePiece model: it has no pieces.");
    }

    /// <summary>The pieces; a piece's id is its place.</summary>
    public List<SentencePiece> Pieces { get; } = [];

    /// <summary>Which kind of model it is, in words; "BPE" for what can be followed.</summary>
    public string Kind => _modelType switch
    {
        1 => "Unigram",
        2 => "BPE",
        3 => "word",
        4 => "character",
        _ => $"unknown ({_modelType})",
    };

    /// <summary>Whether bytes stand for characters without a piece.</summary>
    public bool FallsBackToBytes { get; private set; }

    /// <summary>Whether the space that stands for a text's edge comes after it.</summary>
    public bool PutsSpaceAfter { get; private set; }

    /// <summary>Whether a space is put at a text's edge.</summary>
    public bool AddsSpace { get; private set; } = true;

    /// <summary>Whether runs of spaces become one, and those at a text's edges none.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>Whether U+2581 stands for a space.</summary>
    public bool EscapesSpaces { get; private set; } = true;

    /// <summary>What the map of characters is called.</summary>
    public string MapName { get; private set; } = "";

    /// <summary>The map of characters as the file has it; empty where characters stay as they are.</summary>
    public byte[] Map { get; private set; } = [];

    /// <summary>Whether a map is applied to decoded text.</summary>
    public bool HasDenormalizer { get; private set; }

    /// <exception cref="InvalidDataException">The file is damaged, or no SentencePiece model.</exception>
    public static SentencePieceModel Read(string path) => new(path, VocabularyFile.ReadBytes(path));

    private SentencePiece ReadPiece(ReadOnlySpan<byte> message)
    {
        string text = "";
        float score = 0;
        ulong kind = (ulong)SentencePieceKind.Normal;
        ProtobufReader reader = new(message, _path);
        while (reader.TryReadField())
        {
            if (reader.Field == 1) text = reader.ReadText();
            else if (reader.Field == 2) score = reader.ReadFloat();
            else if (reader.Field == 3) kind = reader.ReadVarint();
            else reader.Skip();
        }
        if (text.Length == 0) throw new InvalidDataException($"{_path}: piece {Pieces.Count} has no text.");
        if (!float.IsFinite(score))
            throw new InvalidDataException($"{_path}: piece {Pieces.Count} has the score {score}, which is no number.");
        return kind is >= 1 and <= 6
            ? new SentencePiece(text, score, (SentencePieceKind)kind)
            : throw new InvalidDataException($"{_path}: piece {Pieces.Count} has the type {kind}, but types are 1 to 6.");
    }

    private void ReadTrainer(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message, _path);
        while (reader.TryReadField())
        {
            if (reader.Field == 3) _modelType = reader.ReadVarint();
            else if (reader.Field == 24) PutsSpaceAfter = reader.ReadBool();
            else if (reader.Field == 35) FallsBackToBytes = reader.ReadBool();
            else reader.Skip();
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message, _path);
        while (reader.TryReadField())
        {
            if (reader.Field == 1) MapName = reader.ReadText();
            else if (reader.Field == 2) Map = reader.ReadBytes().ToArray();
            else if (reader.Field == 3) AddsSpace = reader.ReadBool();
            else if (reader.Field == 4) RemovesExtraSpaces = reader.ReadBool();
            else if (reader.Field == 5) EscapesSpaces = reader.ReadBool();
            else reader.Skip();
        }
    }

    private void ReadDenormalizer(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message, _path);
        while (reader.TryReadField())
        {
            if (reader.Field == 2) HasDenormalizer |= !reader.ReadBytes().IsEmpty;
            else reader.Skip();
        }
    }
}
