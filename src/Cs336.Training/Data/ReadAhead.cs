using System.Runtime.ExceptionServices;

namespace Cs336.Training;

/// <summary>
/// Calls a function on a thread of its own and keeps some of its results ready; an exception comes out where its result would have.
/// </summary>
internal sealed class ReadAhead : IDisposable
{
    private readonly Queue<(BatchBuffer Buffer, SamplerState After)> _ready = [];
    private readonly int _capacity;
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;
    private bool _stopped;

    public ReadAhead(int capacity, Func<(BatchBuffer, SamplerState)> read)
    {
        _capacity = capacity;
        _thread = new Thread(() => Fill(read)) { IsBackground = true, Name = "Cs336 reads ahead" };
        _thread.Start();
    }

    /// <summary>What was read and not asked for; complete once the thread has ended.</summary>
    public IEnumerable<(BatchBuffer Buffer, SamplerState After)> Left => _ready;

    public (BatchBuffer Buffer, SamplerState After) Next()
    {
        lock (_ready)
        {
            while (_ready.Count == 0 && _failure is null) Monitor.Wait(_ready);
            if (_ready.Count == 0) _failure!.Throw();
            (BatchBuffer, SamplerState) result = _ready.Dequeue();
            Monitor.PulseAll(_ready);
            return result;
        }
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        lock (_ready)
        {
            _stopped = true;
            Monitor.PulseAll(_ready);
        }
        _thread.Join();
    }

    private void Fill(Func<(BatchBuffer, SamplerState)> read)
    {
        try
        {
            while (WaitForRoom())
            {
                (BatchBuffer, SamplerState) result = read();
                lock (_ready)
                {
                    _ready.Enqueue(result);
                    Monitor.PulseAll(_ready);
                }
            }
        }
        catch (Exception exception)
        {
            lock (_ready)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
                Monitor.PulseAll(_ready);
            }
        }
    }

    private bool WaitForRoom()
    {
        lock (_ready)
        {
            while (_ready.Count >= _capacity && !_stopped) Monitor.Wait(_ready);
            return !_stopped;
        }
    }
}
