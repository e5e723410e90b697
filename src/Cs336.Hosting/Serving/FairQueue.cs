namespace Cs336.Hosting;

/// <summary>A queue in which callers take turns: each gets one item served before anyone gets a second. Within a caller, first come, first served.</summary>
internal sealed class FairQueue<T>
{
    private readonly Dictionary<string, Queue<T>> _items = [];
    private readonly Queue<string> _turns = []; // each caller who has items, once

    public int Count { get; private set; }

    public int CountOf(string caller) => _items.TryGetValue(caller, out Queue<T>? items) ? items.Count : 0;

    public void Add(string caller, T item)
    {
        if (!_items.TryGetValue(caller, out Queue<T>? items))
        {
            _items.Add(caller, items = []);
            _turns.Enqueue(caller);
        }
        items.Enqueue(item);
        Count++;
    }

    /// <summary>Takes the next item; there must be one.</summary>
    public T Take()
    {
        string caller = _turns.Dequeue();
        Queue<T> items = _items[caller];
        T item = items.Dequeue();
        Count--;
        if (items.Count > 0) _turns.Enqueue(caller);
        else _items.Remove(caller);
        return item;
    }

    /// <summary>Takes out what needs no turn any more, wherever it stands.</summary>
    public List<T> RemoveAll(Func<T, bool> condition)
    {
        List<T> removed = [];
        for (int i = _turns.Count; i > 0; i--)
        {
            string caller = _turns.Dequeue();
            Queue<T> items = _items[caller];
            for (int j = items.Count; j > 0; j--)
            {
                T item = items.Dequeue();
                if (condition(item)) removed.Add(item);
                else items.Enqueue(item);
            }
            if (items.Count > 0) _turns.Enqueue(caller);
            else _items.Remove(caller);
        }
        Count -= removed.Count;
        return removed;
    }
}
