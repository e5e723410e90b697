using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Reads the batches that a sampler chooses, if asked to some ahead on a thread of its own, while the step before computes.
/// </summary>
/// <remarks>
/// Reading ahead changes nothing but the time: <see cref="State"/> is that after the last batch handed out, whatever has been read
/// beyond it. For one thread at a time.
/// </remarks>
public sealed class BatchReader : IDisposable
{
    private readonly TokenMixture _data;
    private readonly IWindowSampler _sampler;
    private readonly int _vocabSize;
    private readonly int _ahead;
    private readonly TokenWindow[] _windows;
    private readonly (int First, int Count) _rows;
    private readonly Stack<BatchBuffer> _free = [];
    private SamplerState _state;
    private ReadAhead? _readAhead;

    /// <summary>Makes a reader.</summary>
    /// <param name="data">The tokens.</param>
    /// <param name="sampler">Chooses the windows; it belongs to the reader from now on.</param>
    /// <param name="batchSize">B, windows per batch.</param>
    /// <param name="length">T, tokens per window; the sampler's.</param>
    /// <param name="vocabSize">What ids must lie below.</param>
    /// <param name="ahead">How many batches to read ahead; 0 to read each when it is asked for.</param>
    public BatchReader(TokenMixture data, IWindowSampler sampler, int batchSize, int length, int vocabSize, int ahead = 0)
        : this(data, sampler, batchSize, length, vocabSize, ahead, (0, batchSize))
    {
    }

    /// <summary>Makes a reader that draws whole batches and reads some consecutive rows of each.</summary>
    /// <param name="rows">The first, and how many.</param>
    internal BatchReader(TokenMixture data, IWindowSampler sampler, int batchSize, int length, int vocabSize, int ahead,
        (int First, int Count) rows)
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
        for (int i = 0; i < ahead + 2; i++) _free.Push(new BatchBuffer(rows.Count, length));
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
            return batch;
        }
        catch
        {
            State = _state; // nothing was handed out: the next call tries the same batch again
            throw;
        }
    }

    /// <summary>Stops reading ahead until the next batch is asked for; no batch is lost.</summary>
    public void StopReadingAhead()
    {
        if (_readAhead is null) return;
        _readAhead.Dispose();
        foreach ((BatchBuffer buffer, _) in _readAhead.Left) _free.Push(buffer);
        _readAhead = null;
        _sampler.State = _state;
    }

    /// <summary>Stops reading ahead; the data stays its owner's.</summary>
    public void Dispose() => StopReadingAhead();

    private (BatchBuffer Buffer, SamplerState After) Read()
    {
        BatchBuffer buffer;
        lock (_free) buffer = _free.Pop();
        try
        {
            _sampler.Next(_windows);
            for (int row = 0; row < _rows.Count; row++)
            {
                TokenWindow window = _windows[_rows.First + row];
                buffer.ReadRow(row, _data.Texts[window.Text], window.Start, _vocabSize);
            }
            return (buffer, _sampler.State);
        }
        catch
        {
            lock (_free) _free.Push(buffer);
            throw;
        }
    }
}
