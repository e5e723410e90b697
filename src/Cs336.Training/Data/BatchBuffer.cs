using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Memory for one batch on its way from the files to tensors.</summary>
/// <param name="mostRows">As many windows as there is room for.</param>
/// <param name="length">Tokens per window.</param>
internal sealed class BatchBuffer(int mostRows, int length)
{
    private readonly int[] _window = new int[length + 1];
    private readonly int _mostRows = mostRows;
    private readonly long[] _inputs = new long[(long)mostRows * length];
    private readonly long[] _targets = new long[(long)mostRows * length];

    /// <summary>Windows of the batch that it holds.</summary>
    public int Rows { get; set; } = mostRows;

    /// <summary>Reads one window and the token after it.</summary>
    /// <exception cref="InvalidDataException">The data holds an id outside the vocabulary.</exception>
    public void ReadRow(int row, TokenDataset data, long start, int vocabSize)
    {
        data.Read(start, _window);
        for (int i = 0; i < _window.Length; i++)
            if ((uint)_window[i] >= (uint)vocabSize)
                throw new InvalidDataException($"{data.Path} holds token id {_window[i]} at place {data.PlaceInFile(start + i)}, but the "
                    + $"model's vocab_size is {vocabSize}: was the data made with another tokenizer?");
        for (int i = 0; i < length; i++)
        {
            _inputs[row * length + i] = _window[i];
            _targets[row * length + i] = _window[i + 1];
        }
    }

    /// <summary>Copies the batch into tensors.</summary>
    public TokenBatch ToBatch(Device device) => new(ToTensor(_inputs, device), ToTensor(_targets, device));

    private Tensor ToTensor(long[] ids, Device device)
    {
        Tensor all = tensor(ids, [_mostRows, length], device: device);
        return Rows == _mostRows ? all : all.narrow(0, 0, Rows);
    }
}
