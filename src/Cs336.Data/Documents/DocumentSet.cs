namespace Cs336.Data;

/// <summary>Hashes of documents, 16 bytes each, in a table of which at most three quarters are used.</summary>
internal sealed class DocumentSet
{
    private UInt128[] _hashes = new UInt128[1 << 10];
    private int _count;

    /// <summary>Adds a hash; false where it is there already.</summary>
    /// <exception cref="InvalidDataException">There are too many for an array.</exception>
    public bool Add(UInt128 hash)
    {
        if (hash == UInt128.Zero) hash = UInt128.One; // zero stands for none
        if (_count >= _hashes.Length / 4 * 3) Grow();
        ref UInt128 place = ref Find(_hashes, hash);
        if (place == hash) return false;
        place = hash;
        _count++;
        return true;
    }

    private static ref UInt128 Find(UInt128[] hashes, UInt128 hash)
    {
        for (int i = (int)((ulong)hash & ((ulong)hashes.Length - 1)); ; i = (i + 1) & (hashes.Length - 1))
            if (hashes[i] == hash || hashes[i] == UInt128.Zero) return ref hashes[i];
    }

    private void Grow()
    {
        if (_hashes.Length > Array.MaxLength / 2)
            throw new InvalidDataException(
                $"There are more than {_count:N0} distinct documents, too many to be remembered: split the corpus.");
        UInt128[] larger = new UInt128[2 * _hashes.Length];
        foreach (UInt128 hash in _hashes)
            if (hash != UInt128.Zero) Find(larger, hash) = hash;
        _hashes = larger;
    }
}
