using System.Runtime.InteropServices;
using System.Text;
using Cs336.Inference;

namespace Cs336.Benchmarks.Decoding;

/// <summary>
/// Writes a model as llama.cpp reads it (GGUF version 3, architecture <c>llama</c>), so that both run the same weights. The
/// vocabulary is a dummy: ids go in and come out.
/// </summary>
internal sealed class GgufFile(TransformerConfig config, IReadOnlyDictionary<string, float[]> weights, GgufType type)
{
    private const uint Version = 3, UInt32 = 4, Float32 = 6, Text = 8, Array = 9, Int32 = 5;
    private const int Alignment = 32;

    public void Write(string path)
    {
        (string Name, string Source, long[] Shape)[] tensors = [.. Tensors()];
        using FileStream file = File.Create(path);
        using BinaryWriter writer = new(file);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Length);
        WriteMetadata(writer);
        ulong offset = 0;
        foreach ((string name, _, long[] shape) in tensors)
        {
            WriteText(writer, name);
            writer.Write((uint)shape.Length);
            foreach (long dimension in shape.Reverse()) writer.Write((ulong)dimension); // innermost first
            writer.Write((uint)TypeOf(shape));
            writer.Write(offset);
            offset += (ulong)Aligned(SizeOf(shape));
        }
        Pad(writer);
        foreach ((_, string source, long[] shape) in tensors)
        {
            WriteElements(writer, weights[source], TypeOf(shape));
            Pad(writer);
        }
    }

    private IEnumerable<(string Name, string Source, long[] Shape)> Tensors()
    {
        (long width, long keyWidth, long inner) = (config.DModel, config.KeyValueHeads * config.HeadSize, config.DFf);
        yield return ("token_embd.weight", "token_embeddings.weight", [config.VocabSize, width]);
        for (int i = 0; i < config.NumLayers; i++)
        {
            yield return ($"blk.{i}.attn_norm.weight", $"layers.{i}.ln1.weight", [width]);
            yield return ($"blk.{i}.attn_q.weight", $"layers.{i}.attn.q_proj.weight", [width, width]);
            yield return ($"blk.{i}.attn_k.weight", $"layers.{i}.attn.k_proj.weight", [keyWidth, width]);
            yield return ($"blk.{i}.attn_v.weight", $"layers.{i}.attn.v_proj.weight", [keyWidth, width]);
            yield return ($"blk.{i}.attn_output.weight", $"layers.{i}.attn.output_proj.weight", [width, width]);
            yield return ($"blk.{i}.ffn_norm.weight", $"layers.{i}.ln2.weight", [width]);
            yield return ($"blk.{i}.ffn_gate.weight", $"layers.{i}.ffn.w1.weight", [inner, width]);
            yield return ($"blk.{i}.ffn_up.weight", $"layers.{i}.ffn.w3.weight", [inner, width]);
            yield return ($"blk.{i}.ffn_down.weight", $"layers.{i}.ffn.w2.weight", [width, inner]);
        }
        yield return ("output_norm.weight", "ln_final.weight", [width]);
        yield return ("output.weight", "lm_head.weight", [config.VocabSize, width]);
    }

    private void WriteMetadata(BinaryWriter writer)
    {
        string[] tokens =
            [.. Enumerable.Range(0, config.VocabSize)
                .Select(id => id switch { 0 => "<unk>", 1 => "<s>", 2 => "</s>", < 259 => $"<0x{id - 3:X2}>", _ => $"t{id}" })];
        Action[] values =
        [
            () => Put("general.architecture", "llama"),
            () => Put("general.alignment", (uint)Alignment),
            () => Put("llama.context_length", (uint)config.ContextLength),
            () => Put("llama.embedding_length", (uint)config.DModel),
            () => Put("llama.block_count", (uint)config.NumLayers),
            () => Put("llama.feed_forward_length", (uint)config.DFf),
            () => Put("llama.attention.head_count", (uint)config.NumHeads),
            () => Put("llama.attention.head_count_kv", (uint)config.KeyValueHeads),
            () => Put("llama.attention.layer_norm_rms_epsilon", (float)config.Epsilon),
            () => Put("llama.rope.dimension_count", (uint)config.HeadSize),
            () => Put("llama.rope.freq_base", (float)config.RopeTheta),
            () => Put("llama.vocab_size", (uint)config.VocabSize),
            () => Put("tokenizer.ggml.model", "llama"),
            () => PutArray("tokenizer.ggml.tokens", Text, tokens, token => WriteText(writer, token)),
            () => PutArray("tokenizer.ggml.scores", Float32, tokens, _ => writer.Write(0f)),
            () =>
                PutArray("tokenizer.ggml.token_type", Int32, tokens, token =>
                    writer.Write(token[0] != '<' ? 1 : token == "<unk>" ? 2 : token.StartsWith("<0x", StringComparison.Ordinal) ? 6 : 3)),
            () => Put("tokenizer.ggml.bos_token_id", 1u),
            () => Put("tokenizer.ggml.eos_token_id", 2u),
        ];
        writer.Write((ulong)values.Length);
        foreach (Action value in values) value();

        void Put(string key, object value)
        {
            WriteText(writer, key);
            switch (value)
            {
                case string text:
                    writer.Write(Text);
                    WriteText(writer, text);
                    break;
                case uint number:
                    writer.Write(UInt32);
                    writer.Write(number);
                    break;
                default:
                    writer.Write(Float32);
                    writer.Write((float)value);
                    break;
            }
        }

        void PutArray(string key, uint elementType, string[] elements, Action<string> write)
        {
            WriteText(writer, key);
            writer.Write(Array);
            writer.Write(elementType);
            writer.Write((ulong)elements.Length);
            foreach (string element in elements) write(element);
        }
    }

    private GgufType TypeOf(long[] shape) => shape.Length == 1 ? GgufType.F32 : type;

    private long SizeOf(long[] shape)
    {
        long count = shape.Aggregate((a, b) => a * b);
        return TypeOf(shape) switch { GgufType.F32 => count * 4, GgufType.BF16 => count * 2, _ => count / Q8Block * (Q8Block + 2) };
    }

    private const int Q8Block = 32;

    private static void WriteElements(BinaryWriter writer, float[] values, GgufType type)
    {
        switch (type)
        {
            case GgufType.F32:
                writer.Write(MemoryMarshal.AsBytes<float>(values));
                break;
            case GgufType.BF16:
                foreach (float value in values)
                {
                    uint bits = BitConverter.SingleToUInt32Bits(value);
                    writer.Write((ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16));
                }
                break;
            default: // blocks of 32 integers with one half-precision scale
                foreach (float[] block in values.Chunk(Q8Block))
                {
                    float scale = block.Max(MathF.Abs) / 127;
                    writer.Write((Half)scale);
                    foreach (float value in block) writer.Write((sbyte)(scale == 0 ? 0 : MathF.Round(value / scale)));
                }
                break;
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        long position = writer.BaseStream.Position;
        writer.Write(new byte[Aligned(position) - position]);
    }
}
