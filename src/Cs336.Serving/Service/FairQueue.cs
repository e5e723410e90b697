namespace Cs336.Serving;

/// <summary>
/// A queue in which callers take turns: each gets one item served before anyone gets a second. Within a caller, first come, first
/// served. No more than <paramref name="maxCallers"/> have a turn of their own, so that many names gain little: those beyond share one more
/// turn, first come, first served, until another's items are all served and the first of those who share takes that place.
/// </summary>
internal sealed class FairQueue<T>(int maxCallers)
{
    private readonly Dictionary<string, Queue<T>> _items = []; // of callers with a turn of their own
    private readonly List<(string Caller, T Item)> _others = []; // of all the rest
    private readonly Queue<string?> _turns = []; // each caller of _items once, and null, which is the others', where there are any

    public int Count { get; private set; }

    public int CountOf(string caller) =>
        _items.TryGetValue(caller, out Queue<T>? items) ? items.Count : _others.Count(other => other.Caller == caller);

    public void Add(string caller, T item)
    {
        Count++;
        if (_items.TryGetValue(caller, out Queue<T>? items)) items.Enqueue(item);
        else if (_items.Count < maxCallers)
        {
            _items.Add(caller, new Queue<T>([item]));
            _turns.Enqueue(caller);
        }
        else
        {
            if (_others.Count == 0) _turns.Enqueue(null);
            _others.Add((caller, item));
        }
    }

    /// <summary>Takes the next item; there must be one.</summary>
    public T Take()
    {
        string? caller = _turns.Dequeue();
        T item;
        if (caller is not null) item = _items[caller].Dequeue();
        else
        {
            item = _others[0].Item;
            _others.RemoveAt(0);
        }
        Count--;
        EndTurn(caller);
        FillPlaces();
        return item;
    }

    /// <summary>Removes every item for which the condition holds, of any caller, and returns them.</summary>
    public List<T> RemoveAll(Func<T, bool> condition)
    {
        List<T> removed = [];
        for (int i = _turns.Count; i > 0; i--)
        {
            string? caller = _turns.Dequeue();
            if (caller is null) _others.RemoveAll(other => IsRemoved(other.Item));
            else
            {
                Queue<T> items = _items[caller];
                for (int j = items.Count; j > 0; j--)
                {
                    T item = items.Dequeue();
                    if (!IsRemoved(item)) items.Enqueue(item);
                }
            }
            EndTurn(caller);
        }
        Count -= removed.Count;
        FillPlaces();
        return removed;

        bool IsRemoved(T item)
        {
            if (!condition(item)) return false;
            removed.Add(item);
            return true;
        }
    }

    /// <summary>A caller with items left gets another turn after all others; one without is forgotten.</summary>
    private void EndTurn(string? caller)
    {
        if (caller is null ? _others.Count > 0 : _items[caller].Count > 0) _turns.Enqueue(caller);
        else if (caller is not null) _items.Remove(caller);
    }

    /// <summary>
    /// While fewer than the limit have a turn of their own, gives one to the caller of the oldest shared item, with all its items.
    /// </summary>
    private void FillPlaces()
    {
        while (_others.Count > 0 && _items.Count < maxCallers)
        {
            string caller = _others[0].Caller;
            _items.Add(caller, new Queue<T>(_others.Where(other => other.Caller == caller).Select(other => other.Item)));
            _others.RemoveAll(other => other.Caller == caller);
            _turns.Enqueue(caller);
            if (_others.Count > 0) continue;
            for (int i = _turns.Count; i > 0; i--) // the shared turn goes where nobody shares it any more
                if (_turns.Dequeue() is string turn) _turns.Enqueue(turn);
        }
    }
}
