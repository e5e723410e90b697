using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Counts of pre-tokens in temporary files, for when they do not fit in memory. A pre-token always goes to the same file,
/// so each file can be added up by itself. Writing is for one thread at a time.
/// </summary>
internal sealed class PreTokenSpill : IPreTokenCollection
{
    private const int Files = 32;
    private const int BufferSize = 1 << 16;

    private readonly FileStream[] _files = new FileStream[Files];
    private readonly BinaryWriter[] _writers = new BinaryWriter[Files];

    /// <summary>Opens empty files, which vanish when this is disposed or the process ends.</summary>
    public PreTokenSpill()
    {
        for (int i = 0; i < Files; i++)
        {
            string path = Path.Combine(Path.GetTempPath(), $"bpe-{Guid.NewGuid():N}.tmp");
            _files[i] = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = BufferSize, Options = FileOptions.DeleteOnClose,
            });
            _writers[i] = new BinaryWriter(_files[i], Encoding.UTF8, leaveOpen: true);
        }
    }

    public bool IsEmpty => Bytes == 0;

    /// <summary>What the files hold.</summary>
    public long Bytes => _files.Sum(file => file.Length);

    /// <summary>Writes counts to the files.</summary>
    public void Add(PreTokenCounts counts)
    {
        Writer writer = new(_writers);
        counts.Visit(ref writer);
        foreach (BinaryWriter each in _writers) each.Flush();
    }

    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        foreach (FileStream file in _files)
        {
            using PreTokenCounts counts = Read(file);
            counts.Visit(ref visitor);
        }
    }

    public void Dispose()
    {
        foreach (FileStream? file in _files) file?.Dispose();
    }

    private static PreTokenCounts Read(FileStream file)
    {
        PreTokenCounts counts = new();
        byte[] bytes = new byte[PackedPreToken.Size];
        file.Position = 0;
        using BinaryReader reader = new(file, Encoding.UTF8, leaveOpen: true);
        for (long length = file.Length; file.Position < length;)
        {
            int size = reader.Read7BitEncodedInt();
            if (size > bytes.Length) bytes = new byte[size];
            reader.BaseStream.ReadExactly(bytes.AsSpan(0, size));
            counts.Add(bytes.AsSpan(0, size), reader.Read7BitEncodedInt64());
        }
        return counts;
    }

    private readonly struct Writer(BinaryWriter[] writers) : IPreTokenVisitor
    {
        public void Visit(ReadOnlySpan<byte> preToken, long count)
        {
            uint hash = 2166136261;
            foreach (byte value in preToken) hash = (hash ^ value) * 16777619;
            BinaryWriter writer = writers[(hash >> 16) % Files];
            writer.Write7BitEncodedInt(preToken.Length);
            writer.Write(preToken);
            writer.Write7BitEncodedInt64(count);
        }
    }
}
