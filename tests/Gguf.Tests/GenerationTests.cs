using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Gguf.Tests;

/// <summary>What llama.cpp computes from exported models, next to <see cref="CpuLanguageModel"/>.</summary>
public sealed class GenerationTests : IClassFixture<GenerationTests.Exported>
{
    private const int NewTokens = 64, Prompts = 10;
    private const float Tie = 1e-3f;
    private readonly TestModel _model, _uneven;

    public GenerationTests(Exported exported) => (_model, _uneven) = (exported.Model, exported.Uneven);

    [LlamaFact]
    public void The_likeliest_tokens_of_float32_are_those_of_our_engine()
    {
        using LlamaCpp llama = new(_model.Export(GgufType.F32));
        using CpuLanguageModel ours = CpuLanguageModel.Load(_model.Folder, new CpuModelOptions { ThreadCount = 1 });
        float farthest = 0;
        for (int prompt = 0; prompt < Prompts; prompt++)
        {
            llama.Clear();
            using IKvCache cache = ours.CreateCache();
            int[] tokens = Prompt(prompt);
            float[] logits = new float[ours.VocabSize];
            for (int step = 0; step < NewTokens; step++)
            {
                ours.Forward(cache, tokens, logits);
                float[] theirs = llama.Forward(tokens);
                int next = Likeliest(logits), other = Likeliest(theirs);
                Assert.True(next == other || logits[next] - logits[other] < Tie,
                    $"prompt {prompt}, step {step}: {next} with {logits[next]} here, {other} with {logits[other]} there");
                farthest = MathF.Max(farthest, Farthest(logits, theirs));
                tokens = [next];
            }
        }
        Assert.InRange(farthest, 0, Tie);
    }

    /// <summary>Logits of a coarser type are near those of float32: each about as near as its rounding lets it be.</summary>
    [LlamaTheory]
    [InlineData(GgufType.F16, 0.005)]
    [InlineData(GgufType.BF16, 0.03)]
    [InlineData(GgufType.Q8_0, 0.05)]
    [InlineData(GgufType.Q4_0, 0.7)]
    public void Every_type_loads_and_computes_nearly_the_same(GgufType type, double distance)
    {
        using LlamaCpp exact = new(_model.Export(GgufType.F32)), coarse = new(_model.Export(type));
        double difference = 0, square = 0;
        for (int prompt = 0; prompt < Prompts; prompt++)
        {
            exact.Clear();
            coarse.Clear();
            float[] expected = exact.Forward(Prompt(prompt)), actual = coarse.Forward(Prompt(prompt));
            for (int i = 0; i < expected.Length; i++)
            {
                difference += Math.Pow(expected[i] - actual[i], 2);
                square += Math.Pow(expected[i], 2);
            }
        }
        Assert.InRange(Math.Sqrt(difference / square), distance / 100, distance);
    }

    /// <summary>
    /// From the file in float32 llama.cpp's own quantization makes the same bytes of every tensor; with 4 bits numbers that are farther
    /// from the weights.
    /// </summary>
    [LlamaTheory]
    [InlineData(GgufType.F16, LLama.Native.LLamaFtype.MOSTLY_F16)]
    [InlineData(GgufType.BF16, LLama.Native.LLamaFtype.MOSTLY_BF16)]
    [InlineData(GgufType.Q8_0, LLama.Native.LLamaFtype.MOSTLY_Q8_0)]
    [InlineData(GgufType.Q4_0, LLama.Native.LLamaFtype.MOSTLY_Q4_0)]
    public void Quantization_is_llama_cpps_or_better(GgufType type, LLama.Native.LLamaFtype theirs)
    {
        string path = _model.File($"{type}-theirs.gguf");
        LLama.Native.LLamaModelQuantizeParams options = LLama.Native.LLamaModelQuantizeParams.Default();
        options.ftype = theirs;
        options.nthread = 1;
        options.pure = true;
        Assert.Equal(0u, LLama.Native.NativeApi.llama_model_quantize(_model.Export(GgufType.F32), path, ref options));

        using GgufFile ours = new(_model.Export(type)), quantized = new(path);
        Assert.Equal(TransformerTensors.Of(_model.Config).Count(), quantized.Tensors.Count());
        foreach (GgufEntry tensor in quantized.Tensors)
        {
            GgufEntry own = ours.Find(tensor.Name)!;
            Assert.Equal(tensor.Shape, own.Shape);
            if (tensor.Type == GgufType.Q4_0)
            {
                Assert.Equal(tensor.Name is "token_embd.weight" or "output.weight" ? GgufType.Q8_0 : GgufType.Q4_0, own.Type);
                Assert.InRange(ErrorOf(ours, tensor.Name) / ErrorOf(quantized, tensor.Name), 0, 0.95);
                continue;
            }
            Assert.Equal(tensor.Type, own.Type);
            Assert.Equal(BytesOf(quantized, tensor), BytesOf(ours, own));
        }
        Assert.Equal(quantized.Keys["general.file_type"], ours.Keys["general.file_type"]);
    }

    /// <summary>A file with matrices in half precision among the others is computed with here and there.</summary>
    [LlamaTheory]
    [InlineData(GgufType.Q8_0)]
    [InlineData(GgufType.Q4_0)]
    public void What_blocks_do_not_fill_computes_alike(GgufType type)
    {
        string path = _uneven.Export(type);
        using LlamaCpp llama = new(path);
        using CpuLanguageModel ours = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1 });
        using IKvCache cache = ours.CreateCache();
        float[] logits = new float[ours.VocabSize];
        ours.Forward(cache, Prompt(0), logits);
        float[] theirs = llama.Forward(Prompt(0));
        double difference = logits.Zip(theirs, (a, b) => Math.Pow(a - b, 2)).Sum(), square = theirs.Sum(value => Math.Pow(value, 2));
        Assert.InRange(Math.Sqrt(difference / square), 0, 0.05); // inputs are quantized too, otherwise there than here
    }

    /// <summary>Types that others write: llama.cpp makes them of a file of ours, and numbers of them again.</summary>
    [LlamaTheory]
    [InlineData(LLama.Native.LLamaFtype.MOSTLY_Q4_K_M, GgufType.Q4_K)]
    [InlineData(LLama.Native.LLamaFtype.MOSTLY_Q6_K, GgufType.Q6_K)]
    public void Blocks_of_256_are_the_numbers_that_llama_cpp_makes_of_them(LLama.Native.LLamaFtype theirs, GgufType type)
    {
        using TestModel model = new(_model.Tokenizer.Model, TestModel.Small with { DModel = 256, DFf = 512 });
        string quantized = model.File("quantized.gguf"), widened = model.File("widened.gguf");
        LLama.Native.LLamaModelQuantizeParams options = LLama.Native.LLamaModelQuantizeParams.Default();
        (options.ftype, options.nthread, options.pure, options.allow_requantize) = (theirs, 1, true, true);
        Assert.Equal(0u, LLama.Native.NativeApi.llama_model_quantize(model.Export(GgufType.F32), quantized, ref options));
        options.ftype = LLama.Native.LLamaFtype.ALL_F32;
        Assert.Equal(0u, LLama.Native.NativeApi.llama_model_quantize(quantized, widened, ref options));

        GgufImport.Import(quantized, model.File("ours"));
        GgufImport.Import(widened, model.File("theirs"));
        Assert.Equal(System.IO.File.ReadAllBytes(model.File("theirs/model.safetensors")),
            System.IO.File.ReadAllBytes(model.File("ours/model.safetensors")));
        using GgufFile file = new(quantized);
        Assert.All(file.Tensors.Where(tensor => tensor.Shape.Count > 1), tensor => Assert.Equal(type, tensor.Type));

        using CpuLanguageModel ours = CpuLanguageModel.Load(quantized, new CpuModelOptions { ThreadCount = 1 });
        using LlamaCpp llama = new(widened);
        using IKvCache cache = ours.CreateCache();
        float[] logits = new float[ours.VocabSize];
        ours.Forward(cache, Prompt(0), logits);
        Assert.InRange(Farthest(logits, llama.Forward(Prompt(0))), 0, Tie);
    }

    [LlamaFact]
    public void Tied_embeddings_are_stored_once_and_compute_alike()
    {
        using TestModel model = new(_model.Tokenizer.Model, TestModel.Small with { TiedEmbeddings = true, NumKvHeads = null });
        using LlamaCpp llama = new(model.Export(GgufType.F32));
        using CpuLanguageModel ours = CpuLanguageModel.Load(model.Folder, new CpuModelOptions { ThreadCount = 1 });
        using IKvCache cache = ours.CreateCache();
        float[] logits = new float[ours.VocabSize];
        ours.Forward(cache, Prompt(0), logits);
        Assert.InRange(Farthest(logits, llama.Forward(Prompt(0))), 0, Tie);
    }

    private int[] Prompt(int number) =>
        _model.Tokenizer.Encode($"Prompt {number}: the {number * 37} small caf\u00E9s of number {number}, ");

    /// <summary>The sum of the squares of what a tensor's numbers are away from the weights.</summary>
    private double ErrorOf(GgufFile file, string name)
    {
        using GgufFile exact = new(_model.Export(GgufType.F32));
        float[] weights = NumbersOf(exact, name), numbers = NumbersOf(file, name);
        return weights.Zip(numbers, (a, b) => Math.Pow(a - b, 2)).Sum();
    }

    private static float[] NumbersOf(GgufFile file, string name)
    {
        GgufEntry tensor = file.Find(name)!;
        byte[] bytes = BytesOf(file, tensor);
        if (tensor.Type == GgufType.F32) return MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).ToArray();
        return [.. bytes.Chunk(tensor.Type == GgufType.Q8_0 ? 34 : 18).SelectMany(block => Enumerable.Range(0, 32).Select(i =>
            (float)BinaryPrimitives.ReadHalfLittleEndian(block) * (tensor.Type == GgufType.Q8_0
                ? (sbyte)block[2 + i] : ((block[2 + (i % 16)] >> (i / 16 * 4)) & 15) - 8)))];
    }

    private static byte[] BytesOf(GgufFile file, GgufEntry tensor)
    {
        byte[] bytes = new byte[tensor.ByteLength];
        file.Read(tensor.Name, 0, bytes);
        return bytes;
    }

    private static int Likeliest(float[] logits) => Array.IndexOf(logits, logits.Max());

    private static float Farthest(float[] a, float[] b) => a.Zip(b, (x, y) => MathF.Abs(x - y)).Max();

    /// <summary>The models of all tests.</summary>
    public sealed class Exported : IDisposable
    {
        public Exported() => Uneven = new TestModel(Model.Tokenizer.Model, TestModel.Small with { DFf = 172 });

        internal TestModel Model { get; } = new(TestModel.Train(PreTokenizers.Gpt2), TestModel.Small);

        /// <summary>With rows that blocks do not fill.</summary>
        internal TestModel Uneven { get; }

        public void Dispose()
        {
            Model.Dispose();
            Uneven.Dispose();
        }
    }
}
