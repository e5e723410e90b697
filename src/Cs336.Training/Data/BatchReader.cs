using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Reads the batches that a sampler chooses. If asked to, it reads some ahead on a thread of its own, while the step before computes.
/// </summary>
/// <remarks>
/// Reading ahead changes only the time that it takes: <see cref="State"/> is that after the last batch handed out, whatever has been read
/// beyond it. For one thread at a time.
/// </remarks>
public sealed class BatchReader : IDisposable
{
    private readonly TokenMixture _data;
    private readonly IWindowSampler _sampler;
    private readonly int _vocabSize;
    private readonly int _ahead;
    private readonly TokenWindow[] _windows;
    private readonly BatchRows _rows;
    private readonly Stack<BatchBuffer> _free = [];
    private SamplerState _state;
    private ReadAhead? _readAhead;
    private long _number; // of the next batch to hand out
    private long _readNumber; // of the next one to read

    /// <summary>Makes a reader.</summary>
    /// <param name="data">The texts to read from.</param>
    /// <param name="sampler">Chooses the windows; it belongs to the reader from now on.</param>
    /// <param name="batchSize">B, windows per batch.</param>
    /// <param name="length">T, tokens per window; the sampler's.</param>
    /// <param name="vocabSize">What ids must lie below.</param>
    /// <param name="ahead">How many batches to read ahead; 0 to read each when it is asked for.</param>
    public BatchReader(TokenMixture data, IWindowSampler sampler, int batchSize, int length, int vocabSize, int ahead = 0)
        : this(data, sampler, batchSize, length, vocabSize, ahead, new BatchRows(_ => batchSize, size => (0, size), batchSize))
    {
    }

    /// <summary>Makes a reader that draws whole batches and reads some consecutive rows of each.</summary>
    /// <param name="batchSize">The most windows that a batch has.</param>
    /// <param name="rows">How many windows batches have, and which of them are read.</param>
    internal BatchReader(TokenMixture data, IWindowSampler sampler, int batchSize, int length, int vocabSize, int ahead, BatchRows rows)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(sampler);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ahead);
        _data = data;
        _sampler = sampler;
        _vocabSize = vocabSize;
        _ahead = ahead;
        _windows = new TokenWindow[batchSize];
        _rows = rows;
        _state = sampler.State;
        // Those queued, one being filled, one being copied.
        for (int i = 0; i < ahead + 2; i++) _free.Push(new BatchBuffer(rows.Most, length));
    }

    /// <summary>Where the sequence of batches is after the last one handed out; set it to go on from there.</summary>
    /// <exception cref="ArgumentException">The state set is of another kind of sampler, or of other data.</exception>
    public SamplerState State
    {
        get => _state;
        set
        {
            StopReadingAhead();
            _sampler.State = value;
            _state = value;
            _readNumber = _number;
        }
    }

    /// <summary>The next batch. Where it cannot be had, the next call tries the same one again.</summary>
    /// <param name="device">Where the tensors go; null for the CPU.</param>
    /// <exception cref="InvalidDataException">The data holds an id outside the vocabulary.</exception>
    public TokenBatch Next(Device? device = null)
    {
        try
        {
            if (_ahead > 0) _readAhead ??= new ReadAhead(_ahead, Read);
            (BatchBuffer buffer, SamplerState after) = _readAhead is null ? Read() : _readAhead.Next();
            TokenBatch batch;
            try
            {
                batch = buffer.ToBatch(device ?? CPU);
            }
            finally
            {
                lock (_free) _free.Push(buffer);
            }
            _state = after;
            _number++;
            return batch;
        }
        catch
        {
            State = _state; // nothing was handed out
            throw;
        }
    }

    /// <summary>Says which batch of the run is the next, on which its size depends.</summary>
    /// <param name="number">The batch's number in the run, from 0.</param>
    internal void GoTo(long number)
    {
        if (number == _number) return;
        StopReadingAhead(); // what was read had other sizes
        _number = _readNumber = number;
    }

    /// <summary>Stops reading ahead until the next batch is asked for; no batch is lost.</summary>
    public void StopReadingAhead()
    {
        if (_readAhead is null) return;
        _readAhead.Dispose();
        foreach ((BatchBuffer buffer, _) in _readAhead.Left) _free.Push(buffer);
        _readAhead = null;
        _sampler.State = _state;
        _readNumber = _number;
    }

    /// <summary>Stops reading ahead; the data stays its owner's.</summary>
    public void Dispose() => StopReadingAhead();

    private (BatchBuffer Buffer, SamplerState After) Read()
    {
        BatchBuffer buffer;
        lock (_free) buffer = _free.Pop();
        try
        {
            int size = _rows.SizeOf(_readNumber);
            _sampler.Next(_windows.AsSpan(0, size));
            (int first, buffer.Rows) = _rows.RowsOf(size);
            for (int row = 0; row < buffer.Rows; row++)
            {
                TokenWindow window = _windows[first + row];
                buffer.ReadRow(row, _data.Texts[window.Text], window.Start, _vocabSize);
            }
            _readNumber++;
            return (buffer, _sampler.State);
        }
        catch
        {
            lock (_free) _free.Push(buffer);
            throw;
        }
    }
}
