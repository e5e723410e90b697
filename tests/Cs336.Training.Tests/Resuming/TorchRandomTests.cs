namespace Cs336.Training.Tests;

public sealed class TorchRandomTests
{
    [Fact]
    public void A_state_is_set_as_it_was_got()
    {
        byte[] state = TorchRandom.Get();
        float[] drawn = Draw();
        TorchRandom.Set(state);
        Assert.Equal(drawn, Draw());
    }

    /// <summary>libtorch refuses each of them, which would end the process.</summary>
    [Fact]
    public void A_state_of_another_size_or_that_no_generator_is_in_is_refused()
    {
        byte[] state = TorchRandom.Get();
        Assert.Contains("has 3 bytes", Assert.Throws<InvalidDataException>(() => TorchRandom.Set([1, 2, 3])).Message,
            StringComparison.Ordinal);
        foreach (int offset in (int[])[8, 12, 16])
        {
            byte[] damaged = [.. state];
            damaged[offset + 3] = 0x70;
            Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => TorchRandom.Set(damaged)).Message,
                StringComparison.Ordinal);
        }
        Assert.Equal(state, TorchRandom.Get());
    }

    private static float[] Draw()
    {
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        return [.. TorchSharp.torch.rand(20).data<float>()];
    }
}
