using System.Globalization;

namespace Cs336.Inference.Tests;

/// <summary>
/// What is exported, computed by LLaMA's equations as transformers has them, in PyTorch: nothing there is shared with ours, not even the
/// reading of the files.
/// </summary>
public sealed class HuggingFaceOracleTests
{
    private const string Llama =
        """
        import sys, json, struct, torch
        folder, ids = sys.argv[1], [int(id) for id in sys.argv[2].split(',')]
        config = json.load(open(folder + '/config.json'))
        data = open(folder + '/model.safetensors', 'rb').read()
        length = struct.unpack('<Q', data[:8])[0]
        header = json.loads(data[8:8 + length])
        assert header.pop('__metadata__') == {'format': 'pt'}
        types = {'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16}
        def tensor(item):
            begin, end = item['data_offsets']
            assert str(types[item['dtype']]) == 'torch.' + config['torch_dtype']
            elements = bytearray(data[8 + length + begin:8 + length + end])
            return torch.frombuffer(elements, dtype=types[item['dtype']]).reshape(item['shape']).double()
        weights = {name: tensor(item) for name, item in header.items()}

        assert config['architectures'] == ['LlamaForCausalLM'] and config['hidden_act'] == 'silu'
        layers, heads, groups, d = (config[key] for key in ('num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'head_dim'))
        theta, eps = config['rope_theta'], config['rms_norm_eps']
        assert type(theta) is float and config['rope_parameters'] == {'rope_type': 'default', 'rope_theta': theta}
        parts = ['input_layernorm', 'post_attention_layernorm', 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj']
        parts += ['self_attn.' + letter + '_proj' for letter in 'qkvo']
        expected = {'model.layers.%d.%s.weight' % (layer, part) for layer in range(layers) for part in parts}
        expected |= {'model.embed_tokens.weight', 'model.norm.weight'}
        if not config['tie_word_embeddings']: expected.add('lm_head.weight')
        assert set(weights) == expected, set(weights) ^ expected

        def norm(x, weight): return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))
        def rotate_half(x):
            first, second = x[..., :x.shape[-1] // 2], x[..., x.shape[-1] // 2:]
            return torch.cat((-second, first), dim=-1)
        T = len(ids)
        frequencies = 1.0 / (theta ** (torch.arange(0, d, 2).double() / d))
        angles = torch.outer(torch.arange(T).double(), frequencies)
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos(), angles.sin()
        def rotate(x): return x * cos + rotate_half(x) * sin

        x = weights['model.embed_tokens.weight'][ids]
        for layer in range(layers):
            def linear(name, value): return value @ weights['model.layers.%d.%s.weight' % (layer, name)].T
            def split(value, count): return value.view(T, count, d).transpose(0, 1)
            h = norm(x, weights['model.layers.%d.input_layernorm.weight' % layer])
            q = rotate(split(linear('self_attn.q_proj', h), heads))
            k = rotate(split(linear('self_attn.k_proj', h), groups)).repeat_interleave(heads // groups, dim=0)
            v = split(linear('self_attn.v_proj', h), groups).repeat_interleave(heads // groups, dim=0)
            scores = q @ k.transpose(1, 2) / d ** 0.5 + torch.full((T, T), float('-inf')).double().triu(1)
            x = x + linear('self_attn.o_proj', (scores.softmax(-1) @ v).transpose(0, 1).reshape(T, heads * d))
            h = norm(x, weights['model.layers.%d.post_attention_layernorm.weight' % layer])
            x = x + linear('mlp.down_proj', torch.nn.functional.silu(linear('mlp.gate_proj', h)) * linear('mlp.up_proj', h))
        x = norm(x, weights['model.norm.weight'])
        head = weights['model.embed_tokens.weight' if config['tie_word_embeddings'] else 'lm_head.weight']
        print(' '.join(repr(value) for value in (x @ head.T).flatten().tolist()))
        """;

    [TorchTheory]
    [InlineData("base", SafetensorsType.F32)]
    [InlineData("wide", SafetensorsType.F32)]
    [InlineData("grouped keys", SafetensorsType.F32)]
    [InlineData("tied embeddings", SafetensorsType.F32)]
    [InlineData("base", SafetensorsType.F16)]
    [InlineData("base", SafetensorsType.BF16)]
    public void The_exported_model_has_our_logits(string name, SafetensorsType type)
    {
        TransformerConfig config = RandomModel.Configs[name] with { Epsilon = 1e-3 }; // large enough to tell where it is wrong
        using TemporaryFolder folder = RandomModel.Write(config);
        HuggingFaceFolder.Export(config, folder.File("model.safetensors"), folder.File("hf"), options: new() { Type = type });
        int[] tokens = RandomModel.Tokens(40, config.VocabSize);
        double[] theirs = [.. TorchTheoryAttribute.Run(Llama, folder.File("hf"), string.Join(',', tokens)).Trim().Split(' ')
            .Select(value => double.Parse(value, CultureInfo.InvariantCulture))];

        // What was rounded is compared with what is read back, which is rounded alike.
        HuggingFaceFolder.Import(folder.File("hf"), folder.File("back"));
        string ours = type == SafetensorsType.F32 ? folder.Path : folder.File("back");
        using CpuLanguageModel model = CpuLanguageModel.Load(
            ours, new CpuModelOptions { Precision = CpuPrecision.Float32, ThreadCount = 1 });
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[tokens.Length * config.VocabSize];
        model.ForwardEach(cache, tokens, logits);

        Assert.Equal(logits.Length, theirs.Length);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(theirs[i], logits[i], 1e-4);
        Assert.True(theirs.Max() - theirs.Min() > 1, "The logits tell nothing: they are all alike.");
    }
}
