using System.Buffers;
using Cs336.Testing;

namespace Cs336.Inference.Tests;

/// <summary>Callers that share what has one owner, or take away what is in use: exceptions, and never memory that is not theirs.</summary>
public sealed class CpuThreadsTests : IDisposable
{
    private static readonly TransformerConfig Config = RandomModel.Configs["base"];
    private readonly TemporaryFolder _folder = RandomModel.Write(Config);
    private readonly CpuLanguageModel _model;
    private readonly float[] _logits = new float[Config.VocabSize];

    public CpuThreadsTests() => _model = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { ThreadCount = 2 });

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_cache_that_a_call_uses_is_refused_to_every_other_call()
    {
        using IKvCache cache = _model.CreateCache(), other = _model.CreateCache();
        _model.Forward(cache, new[] { 1, 2 }, _logits);
        List<string> refusals = [];
        using TokensThatAct tokens = new([3], () =>
        {
            refusals.Add(Assert.Throws<InvalidOperationException>(() => cache.Truncate(0)).Message);
            refusals.Add(
                Assert.Throws<InvalidOperationException>(() => _model.Forward(cache, new[] { 4 }, new float[Config.VocabSize])).Message);
            refusals.Add(
                Assert.Throws<InvalidOperationException>(
                    () => _model.Forward([new(other, new[] { 4 }), new(cache, new[] { 4 })], new float[2 * Config.VocabSize])).Message);
            refusals.Add(
                Assert.Throws<InvalidOperationException>(
                    () => _model.ForwardEach(cache, new[] { 4 }, new float[Config.VocabSize])).Message);
        });
        _model.Forward(cache, tokens.Memory, _logits);
        Assert.Equal(4, refusals.Count);
        Assert.All(refusals, refusal => Assert.StartsWith("A cache is used by two threads at once", refusal));
        Assert.Equal((3, 0), (cache.Length, other.Length));
        Assert.Equal(After(1, 2, 3), _logits);
        _model.Forward(other, new[] { 5 }, _logits); // what was refused did not stay claimed
        cache.Truncate(1);
        _model.Forward(cache, new[] { 2, 3 }, _logits);
        Assert.Equal(After(1, 2, 3), _logits);
    }

    [Fact]
    public void What_was_checked_is_what_is_computed_though_the_callers_memory_changes()
    {
        using IKvCache cache = _model.CreateCache();
        int[] ids = [1, 2, 3];
        int looks = 0;
        using TokensThatAct tokens = new(ids, () =>
        {
            if (++looks > 1) ids.AsSpan().Fill(int.MaxValue);
        });
        _model.Forward(cache, tokens.Memory, _logits);
        Assert.Equal(After(1, 2, 3), _logits);
    }

    [Fact]
    public void Threads_that_fight_over_one_cache_get_results_or_exceptions()
    {
        using IKvCache cache = _model.CreateCache();
        int[] prompt = RandomModel.Tokens(60, Config.VocabSize);
        Exception?[] failures = Together(4, thread =>
        {
            float[] logits = new float[Config.VocabSize];
            for (int i = 0; i < 100; i++)
            {
                Exception? refusal = Record.Exception(() =>
                {
                    if (thread % 2 == 0 || i % 3 == 0) cache.Truncate(0);
                    _model.Forward(cache, prompt, logits);
                });
                // Another thread may also have left more tokens than there is room behind, or fewer than are to be kept.
                if (refusal is not (null or InvalidOperationException or ArgumentException)) throw refusal;
                Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
            }
        });
        Assert.All(failures, Assert.Null);
        cache.Truncate(0);
        _model.Forward(cache, new[] { 1, 2, 3 }, _logits);
        Assert.Equal(After(1, 2, 3), _logits);
    }

    [Fact]
    public void What_is_disposed_while_threads_compute_is_told_to_them()
    {
        int[] prompt = RandomModel.Tokens(70, Config.VocabSize);
        for (int round = 0; round < 10; round++)
        {
            CpuLanguageModel model = CpuLanguageModel.Load(
                _folder.Path, new CpuModelOptions { ThreadCount = 2, MapWeights = round % 2 == 0 });
            IKvCache[] caches = [.. Enumerable.Range(0, 3).Select(_ => model.CreateCache())];
            using Barrier started = new(4);
            Exception?[] failures = Together(4, thread =>
            {
                float[] logits = new float[Config.VocabSize];
                if (thread < 3) model.Forward(caches[thread], prompt.AsMemory(0, 1), logits);
                started.SignalAndWait();
                if (thread == 3)
                {
                    caches[0].Dispose();
                    model.Dispose();
                    Assert.Throws<ObjectDisposedException>(() => model.CreateCache());
                    return;
                }
                for (int i = 0; i < 1000; i++)
                {
                    caches[thread].Truncate(0);
                    model.Forward(caches[thread], prompt, logits);
                }
            });
            Assert.Null(failures[3]);
            Assert.All(failures[..3], failure => Assert.IsType<ObjectDisposedException>(failure));
        }
    }

    private static Exception?[] Together(int count, Action<int> work)
    {
        Exception?[] failures = new Exception?[count];
        Thread[] threads = [
            .. Enumerable.Range(0, count).Select(index => new Thread(() => failures[index] = Record.Exception(() => work(index))))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        return failures;
    }

    private float[] After(params int[] tokens)
    {
        using IKvCache cache = _model.CreateCache();
        float[] logits = new float[Config.VocabSize];
        _model.Forward(cache, tokens, logits);
        return logits;
    }

    /// <summary>Tokens in memory that does something whenever it is looked at, as if another thread did it then.</summary>
    private sealed class TokensThatAct(int[] ids, Action act) : MemoryManager<int>
    {
        public override Span<int> GetSpan()
        {
            act();
            return ids;
        }

        public override Memory<int> Memory => CreateMemory(ids.Length);
        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();
        public override void Unpin() { }
        protected override void Dispose(bool disposing) { }
    }
}
