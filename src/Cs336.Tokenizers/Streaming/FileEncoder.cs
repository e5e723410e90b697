using System.Buffers;
using System.Runtime.ExceptionServices;

namespace Cs336.Tokenizers;

/// <summary>Encodes the blocks of one text on several threads, and writes their ids in the order of the text.</summary>
/// <remarks>
/// Each thread reads a block, encodes it, and writes it with all that were waiting for it, unless another thread writes:
/// then that one writes this block as well. Memory is bounded by the number of blocks under way.
/// </remarks>
internal sealed class FileEncoder(
    ITokenizer tokenizer, SpecialTokenHandling specialTokens, Utf8BlockReader reader, TokenFileWriter tokens,
    Action<long, long> written, CancellationToken cancellationToken) : IDisposable
{
    private readonly Lock _reading = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly Dictionary<long, Block> _waiting = [];
    private readonly Stack<Block> _free = new();
    private SemaphoreSlim? _freeBlocks;
    private long _blocksRead;
    private long _blocksWritten;
    private long _textBytesWritten;
    private bool _isWriting;
    private bool _ended;
    private ExceptionDispatchInfo? _failure;

    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void Run(int threadCount)
    {
        // Twice as many blocks as threads: so nobody waits for a thread that is slow to finish its block.
        int blocks = 2 * threadCount;
        _freeBlocks = new SemaphoreSlim(blocks);
        for (int i = 0; i < blocks; i++) _free.Push(new Block());
        Task[] others = [.. Enumerable.Range(1, threadCount - 1)
            .Select(_ => Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Work();
        Task.WaitAll(others, CancellationToken.None);
        _failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _freeBlocks?.Dispose();
        _stop.Dispose();
    }

    private void Work()
    {
        try
        {
            while (Read() is Block block)
            {
                block.Encode(tokenizer, specialTokens);
                Write(block);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Run tells whether the caller or a failure stopped the work.
        }
        catch (Exception e)
        {
            Fail(ExceptionDispatchInfo.Capture(e));
        }
    }

    private Block? Read()
    {
        lock (_reading)
        {
            if (_ended) return null;
            // Whoever holds the blocks can finish without reading, so this wait ends.
            _freeBlocks!.Wait(_stop.Token);
            _stop.Token.ThrowIfCancellationRequested();
            Block block;
            lock (_free) block = _free.Pop();
            _ended = !block.Read(reader, _blocksRead);
            if (_ended) return null;
            _blocksRead++;
            return block;
        }
    }

    private void Write(Block block)
    {
        lock (_waiting)
        {
            _waiting.Add(block.Number, block);
            if (_isWriting) return;
            _isWriting = true;
        }
        while (TakeNext() is Block next)
        {
            // A block that could not be encoded fails the work when its turn comes: so it is always the first one that is reported.
            _stop.Token.ThrowIfCancellationRequested();
            next.Failure?.Throw();
            tokens.Write(next.Ids.WrittenSpan);
            _textBytesWritten += next.Length;
            written(next.SourceEnd, _textBytesWritten);
            lock (_free) _free.Push(next);
            _freeBlocks!.Release();
        }
    }

    /// <summary>The block to write next, where it waits already; where not, this thread writes no more.</summary>
    private Block? TakeNext()
    {
        lock (_waiting)
        {
            _isWriting = _waiting.Remove(_blocksWritten, out Block? next);
            if (_isWriting) _blocksWritten++;
            return next;
        }
    }

    private void Fail(ExceptionDispatchInfo failure)
    {
        Interlocked.CompareExchange(ref _failure, failure, null);
        _stop.Cancel();
    }

    /// <summary>A block of text and its ids.</summary>
    private sealed class Block
    {
        private byte[] _text = [];

        public ArrayBufferWriter<int> Ids { get; } = new();

        public long Number { get; private set; }

        /// <summary>The bytes of text before this block.</summary>
        public long Offset { get; private set; }

        public int Length { get; private set; }

        /// <summary>How far the file had been read with this block.</summary>
        public long SourceEnd { get; private set; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        /// <summary>Whether there was another block to read.</summary>
        public bool Read(Utf8BlockReader reader, long number)
        {
            Length = reader.Read(ref _text);
            Number = number;
            Offset = reader.BlockOffset;
            SourceEnd = reader.SourceEnd;
            return Length > 0;
        }

        public void Encode(ITokenizer tokenizer, SpecialTokenHandling specialTokens)
        {
            Ids.ResetWrittenCount();
            try
            {
                tokenizer.EncodeBlock(_text.AsSpan(0, Length), Offset, Ids, specialTokens);
            }
            catch (Exception e)
            {
                Failure = ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}
