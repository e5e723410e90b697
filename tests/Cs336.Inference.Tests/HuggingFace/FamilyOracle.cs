using System.Globalization;

namespace Cs336.Inference.Tests;

/// <summary>
/// Models of LLaMA's family as transformers has them, in PyTorch: nothing there is shared with ours. Makes folders with random weights, and
/// computes the logits of folders.
/// </summary>
internal static class FamilyOracle
{
    private const string Script =
        """
        import sys, json, math, struct, torch
        task, folder = sys.argv[1], sys.argv[2]
        config = json.load(open(folder + '/config.json'))
        kind = config['model_type']
        assert config['architectures'] == [{'llama': 'LlamaForCausalLM', 'mistral': 'MistralForCausalLM',
            'qwen2': 'Qwen2ForCausalLM', 'qwen3': 'Qwen3ForCausalLM'}[kind]] and config['hidden_act'] == 'silu'
        width, inner, vocab = (config[key] for key in ('hidden_size', 'intermediate_size', 'vocab_size'))
        layers, heads = config['num_hidden_layers'], config['num_attention_heads']
        groups = config.get('num_key_value_heads', heads)
        d = config.get('head_dim') or width // heads
        eps = config['rms_norm_eps']
        tied = config['tie_word_embeddings']

        shapes = {'model.embed_tokens.weight': (vocab, width), 'model.norm.weight': (width,)}
        if not tied: shapes['lm_head.weight'] = (vocab, width)
        for layer in range(layers):
            prefix = 'model.layers.%d.' % layer
            for name in ('input_layernorm', 'post_attention_layernorm'): shapes[prefix + name + '.weight'] = (width,)
            for letter, count in (('q', heads), ('k', groups), ('v', groups)):
                shapes[prefix + 'self_attn.%s_proj.weight' % letter] = (count * d, width)
                if kind == 'qwen2': shapes[prefix + 'self_attn.%s_proj.bias' % letter] = (count * d,)
                if kind == 'qwen3' and letter != 'v': shapes[prefix + 'self_attn.%s_norm.weight' % letter] = (d,)
            shapes[prefix + 'self_attn.o_proj.weight'] = (width, heads * d)
            for name in ('gate_proj', 'up_proj'): shapes[prefix + 'mlp.%s.weight' % name] = (inner, width)
            shapes[prefix + 'mlp.down_proj.weight'] = (width, inner)

        if task == 'make':
            generator = torch.Generator().manual_seed(int(sys.argv[3]))
            type = torch.bfloat16 if (config.get('torch_dtype') or config.get('dtype')) == 'bfloat16' else torch.float32
            header, data = {}, b''
            for name, shape in shapes.items():
                value = torch.randn(shape, generator=generator)
                value = (value * 1.5 / shape[1] ** 0.5 if len(shape) == 2 else value * 0.5 if name.endswith('bias') else 1 + value * 0.3).to(type)
                numbers = value.flatten()
                bytes = struct.pack('<%dh' % numbers.numel(), *numbers.view(torch.int16).tolist()) if type is torch.bfloat16 \
                    else struct.pack('<%df' % numbers.numel(), *numbers.tolist())
                header[name] = {'dtype': 'BF16' if type is torch.bfloat16 else 'F32', 'shape': list(shape),
                    'data_offsets': [len(data), len(data) + len(bytes)]}
                data += bytes
            header = json.dumps(header).encode()
            header += b' ' * (-len(header) % 8)
            open(folder + '/model.safetensors', 'wb').write(struct.pack('<Q', len(header)) + header + data)

        ids = [int(id) for id in sys.argv[4].split(',')]
        data = open(folder + '/model.safetensors', 'rb').read()
        length = struct.unpack('<Q', data[:8])[0]
        header = json.loads(data[8:8 + length])
        header.pop('__metadata__', None)
        types = {'F32': torch.float32, 'BF16': torch.bfloat16}
        weights = {name: torch.frombuffer(bytearray(data[8 + length + item['data_offsets'][0]:8 + length + item['data_offsets'][1]]),
            dtype=types[item['dtype']]).reshape(item['shape']).double() for name, item in header.items()}
        assert {name: tuple(value.shape) for name, value in weights.items()} == shapes

        new = config.get('rope_parameters') or {}
        rope = config.get('rope_scaling') or new
        theta = config.get('rope_theta') or new.get('rope_theta') or 10000.0
        if config.get('rope_scaling') and new:
            assert new == dict(rope, rope_theta=theta)
        scaling = rope.get('rope_type') or rope.get('type') or 'default'
        frequencies = 1.0 / (theta ** (torch.arange(0, d, 2).double() / d))
        attention_factor = 1.0
        if scaling == 'linear': frequencies = frequencies / rope['factor']
        elif scaling == 'llama3':
            old, low, high = rope['original_max_position_embeddings'], rope['low_freq_factor'], rope['high_freq_factor']
            scaled = []
            for frequency in frequencies.tolist():
                wavelength = 2 * math.pi / frequency
                if wavelength < old / high: scaled.append(frequency)
                elif wavelength > old / low: scaled.append(frequency / rope['factor'])
                else:
                    smooth = (old / wavelength - low) / (high - low)
                    scaled.append((1 - smooth) * frequency / rope['factor'] + smooth * frequency)
            frequencies = torch.tensor(scaled).double()
        elif scaling == 'yarn':
            attention_factor = rope.get('attention_factor') or 0.1 * math.log(rope['factor']) + 1.0
            def dimension(rotations):
                return d * math.log(rope['original_max_position_embeddings'] / (rotations * 2 * math.pi)) / (2 * math.log(theta))
            low = max(math.floor(dimension(rope.get('beta_fast') or 32)), 0)
            high = min(math.ceil(dimension(rope.get('beta_slow') or 1)), d - 1)
            if low == high: high += 0.001
            ramp = ((torch.arange(d // 2).double() - low) / (high - low)).clamp(0, 1)
            frequencies = frequencies / rope['factor'] * ramp + frequencies * (1 - ramp)
        else: assert scaling == 'default'

        def window(layer):
            if kind == 'mistral': return config['sliding_window']
            if kind == 'llama' or not config['use_sliding_window']: return None
            kinds = config.get('layer_types') or ['sliding_attention' if i >= config['max_window_layers'] else 'full_attention' for i in range(layers)]
            return config['sliding_window'] if kinds[layer] == 'sliding_attention' else None

        def norm(x, weight): return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))
        def rotate_half(x): return torch.cat((-x[..., x.shape[-1] // 2:], x[..., :x.shape[-1] // 2]), dim=-1)
        T = len(ids)
        angles = torch.outer(torch.arange(T).double(), frequencies)
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos() * attention_factor, angles.sin() * attention_factor
        def rotate(x): return x * cos + rotate_half(x) * sin

        x = weights['model.embed_tokens.weight'][ids]
        for layer in range(layers):
            def tensor(name): return weights['model.layers.%d.%s' % (layer, name)]
            def linear(name, value): return value @ tensor(name + '.weight').T
            h = norm(x, tensor('input_layernorm.weight'))
            def project(letter, count):
                y = linear('self_attn.%s_proj' % letter, h)
                if kind == 'qwen2': y = y + tensor('self_attn.%s_proj.bias' % letter)
                y = y.view(T, count, d)
                if kind == 'qwen3' and letter != 'v': y = norm(y, tensor('self_attn.%s_norm.weight' % letter))
                return y.transpose(0, 1)
            q = rotate(project('q', heads))
            k = rotate(project('k', groups)).repeat_interleave(heads // groups, dim=0)
            v = project('v', groups).repeat_interleave(heads // groups, dim=0)
            mask = torch.full((T, T), float('-inf')).double()
            for i in range(T):
                for j in range(i + 1):
                    if window(layer) is None or j > i - window(layer): mask[i, j] = 0
            scores = q @ k.transpose(1, 2) / d ** 0.5 + mask
            x = x + linear('self_attn.o_proj', (scores.softmax(-1) @ v).transpose(0, 1).reshape(T, heads * d))
            h = norm(x, tensor('post_attention_layernorm.weight'))
            x = x + linear('mlp.down_proj', torch.nn.functional.silu(linear('mlp.gate_proj', h)) * linear('mlp.up_proj', h))
        x = norm(x, weights['model.norm.weight'])
        print(' '.join(repr(value) for value in (x @ weights['model.embed_tokens.weight' if tied else 'lm_head.weight'].T).flatten().tolist()))
        """;

    /// <summary>Gives a folder with a config.json random weights, and returns the logits of ids, row by row.</summary>
    public static double[] Make(string folder, IReadOnlyList<int> ids, int seed = 1) => Run("make", folder, ids, seed);

    /// <summary>The logits of ids that a folder's model has, row by row.</summary>
    public static double[] Compute(string folder, IReadOnlyList<int> ids) => Run("compute", folder, ids, 0);

    private static double[] Run(string task, string folder, IReadOnlyList<int> ids, int seed) =>
        [.. TorchTheoryAttribute.Run(Script, task, folder, seed.ToString(CultureInfo.InvariantCulture), string.Join(',', ids))
            .Trim().Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture))];
}
