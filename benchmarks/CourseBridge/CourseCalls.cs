using System.Text.Json.Nodes;

namespace Cs336.Benchmarks;

/// <summary>Each call of the course's tests as a call of the page's adapter; what is kept between calls has a number.</summary>
internal sealed class CourseCalls(Channel channel)
{
    private readonly Dictionary<int, BpeTokenizer> _tokenizers = [];
    private readonly Dictionary<int, (AdamW Optimizer, Parameter[] Parameters)> _optimizers = [];
    private readonly SeededRandom _random = new(336);
    private int _kept;

    /// <summary>What a call gives: a value that <see cref="Channel.Write"/> can hand over.</summary>
    public object? Answer(Request r) => r.Call switch
    {
        "run_linear" => Adapters.RunLinear(r.Tensor("weights"), r.Tensor("in_features")),
        "run_embedding" => Adapters.RunEmbedding(r.Int("vocab_size"), r.Int("d_model"), r.Tensor("weights"), r.Tensor("token_ids")),
        "run_swiglu" => Adapters.RunSwiGlu(
            r.Int("d_model"), r.Int("d_ff"), r.Tensor("w1_weight"), r.Tensor("w2_weight"), r.Tensor("w3_weight"), r.Tensor("in_features")),
        "run_scaled_dot_product_attention" => Adapters.RunScaledDotProductAttention(
            r.Tensor("Q"), r.Tensor("K"), r.Tensor("V"), r.OptionalTensor("mask")),
        "run_multihead_self_attention" => Adapters.RunMultiheadSelfAttention(
            r.Int("d_model"), r.Int("num_heads"), r.Tensor("q_proj_weight"), r.Tensor("k_proj_weight"), r.Tensor("v_proj_weight"),
            r.Tensor("o_proj_weight"), r.Tensor("in_features")),
        "run_multihead_self_attention_with_rope" => Adapters.RunMultiheadSelfAttentionWithRope(
            r.Int("d_model"), r.Int("num_heads"), r.Int("max_seq_len"), r.Double("theta"), r.Tensor("q_proj_weight"),
            r.Tensor("k_proj_weight"), r.Tensor("v_proj_weight"), r.Tensor("o_proj_weight"), r.Tensor("in_features"),
            r.OptionalTensor("token_positions")),
        "run_rope" => Adapters.RunRope(
            r.Int("d_k"), r.Double("theta"), r.Int("max_seq_len"), r.Tensor("in_query_or_key"), r.Tensor("token_positions")),
        "run_transformer_block" => Adapters.RunTransformerBlock(
            r.Int("d_model"), r.Int("num_heads"), r.Int("d_ff"), r.Int("max_seq_len"), r.Double("theta"), r.NamedTensors("weights"),
            r.Tensor("in_features")),
        "run_transformer_lm" => Adapters.RunTransformerLM(ConfigOf(r), r.NamedTensors("weights"), r.Tensor("in_indices")),
        "run_rmsnorm" => Adapters.RunRmsNorm(r.Int("d_model"), r.Double("eps"), r.Tensor("weights"), r.Tensor("in_features")),
        "run_silu" => Adapters.RunSilu(r.Tensor("in_features")),
        "run_softmax" => Adapters.RunSoftmax(r.Tensor("in_features"), r.Int("dim")),
        "run_cross_entropy" => Adapters.RunCrossEntropy(r.Tensor("inputs"), r.Tensor("targets")),
        "run_get_batch" => GetBatch(r),
        "run_gradient_clipping" => ClipGradients(r),
        "run_get_lr_cosine_schedule" => Adapters.RunGetLrCosineSchedule(
            r.Long("it"), r.Double("max_learning_rate"), r.Double("min_learning_rate"), r.Long("warmup_iters"),
            r.Long("cosine_cycle_iters")),
        "get_adamw" => MakeAdamW(r),
        "adamw_step" => Step(r),
        "adamw_state" => _optimizers[r.Int("optimizer")].Optimizer.State,
        "run_save_checkpoint" => SaveCheckpoint(r),
        "run_load_checkpoint" => LoadCheckpoint(r),
        "get_tokenizer" => MakeTokenizer(r),
        "encode" => new JsonArray([.. Adapters.Encode(_tokenizers[r.Int("tokenizer")], r.Text("text")).Select(id => JsonValue.Create(id))]),
        "encode_iterable" => EncodePieces(r),
        "decode" => Adapters.Decode(_tokenizers[r.Int("tokenizer")], r.Ids("ids")),
        "release" => Release(r.Int("number")),
        "run_train_bpe" => TrainBpe(r),
        _ => throw new ArgumentException($"There is no call {r.Call}."),
    };

    private static TransformerConfig ConfigOf(Request r) => new()
    {
        VocabSize = r.Int("vocab_size"),
        ContextLength = r.Int("context_length"),
        DModel = r.Int("d_model"),
        NumLayers = r.Int("num_layers"),
        NumHeads = r.Int("num_heads"),
        DFf = r.Int("d_ff"),
        RopeTheta = r.Double("rope_theta"),
    };

    private Tensor[] GetBatch(Request r)
    {
        (Tensor inputs, Tensor targets) =
            Adapters.RunGetBatch(r.Ids("dataset"), r.Int("batch_size"), r.Int("context_length"), _random, device(r.Text("device")));
        return [inputs, targets];
    }

    private static Tensor?[] ClipGradients(Request r)
    {
        Parameter[] parameters =
            [.. r.Tensors("gradients").Select(gradient => WithGradient(new Parameter(zeros_like(gradient!)), gradient))];
        Adapters.RunGradientClipping(parameters, r.Double("max_l2_norm"));
        return [.. parameters.Select(parameter => parameter.grad)];
    }

    private object MakeAdamW(Request r)
    {
        Parameter[] parameters = [.. r.Tensors("parameters").Select(tensor => new Parameter(tensor!))];
        foreach (Parameter parameter in parameters) parameter.DetachFromDisposeScope();
        AdamW optimizer = Adapters.GetAdamW(parameters, r.Double("weight_decay"), r.Double("beta1"), r.Double("beta2"), r.Double("eps"));
        _optimizers[++_kept] = (optimizer, parameters);
        return _kept;
    }

    /// <summary>Takes over the parameters and gradients that PyTorch has, steps, and hands the parameters back.</summary>
    private Parameter[] Step(Request r)
    {
        (AdamW optimizer, Parameter[] parameters) = _optimizers[r.Int("optimizer")];
        foreach ((Parameter parameter, Tensor? value, Tensor? gradient) in parameters.Zip(r.Tensors("parameters"), r.Tensors("gradients")))
        {
            using (no_grad()) parameter.copy_(value!);
            WithGradient(parameter, gradient?.DetachFromDisposeScope());
        }
        optimizer.Step(r.Double("lr"));
        return parameters;
    }

    private object? SaveCheckpoint(Request r)
    {
        using GivenModule model = new(r.NamedTensors("model"));
        Adapters.RunSaveCheckpoint(model, _optimizers[r.Int("optimizer")].Optimizer, r.Long("iteration"), r.Text("out"));
        return null;
    }

    private Dictionary<string, Tensor> LoadCheckpoint(Request r)
    {
        GivenModule model = new(r.NamedTensors("model"));
        long iteration = Adapters.RunLoadCheckpoint(r.Text("src"), model, _optimizers[r.Int("optimizer")].Optimizer);
        return new Dictionary<string, Tensor>(model.state_dict()) { ["iteration"] = tensor(iteration) };
    }

    private object MakeTokenizer(Request r)
    {
        Dictionary<int, byte[]> vocabulary =
            r.List("vocab").ToDictionary(item => item![0]!.GetValue<int>(), item => Convert.FromBase64String(item![1]!.GetValue<string>()));
        (byte[], byte[])[] merges = [.. r.List("merges").Select(
            item => (Convert.FromBase64String(item![0]!.GetValue<string>()), Convert.FromBase64String(item[1]!.GetValue<string>())))];
        _tokenizers[++_kept] = Adapters.GetTokenizer(vocabulary, merges, TextsOf(r.List("special_tokens")));
        return _kept;
    }

    private JsonObject EncodePieces(Request r)
    {
        using AskingStream text = new(channel);
        foreach (int id in Adapters.EncodeIterable(_tokenizers[r.Int("tokenizer")], text)) text.Ids.Add(id);
        return text.HandOver(more: false);
    }

    private static JsonObject TrainBpe(Request r)
    {
        (Dictionary<int, byte[]> vocabulary, IReadOnlyList<(byte[] Left, byte[] Right)> merges) =
            Adapters.RunTrainBpe(r.Text("input_path"), r.Int("vocab_size"), TextsOf(r.List("special_tokens")));
        return new JsonObject
        {
            ["vocab"] = new JsonArray([.. vocabulary.Select(item => new JsonArray(item.Key, Convert.ToBase64String(item.Value)))]),
            ["merges"] = new JsonArray([.. merges.Select(
                pair => new JsonArray(Convert.ToBase64String(pair.Left), Convert.ToBase64String(pair.Right)))]),
        };
    }

    private object? Release(int number)
    {
        if (_optimizers.Remove(number, out (AdamW Optimizer, Parameter[] Parameters) kept))
        {
            kept.Optimizer.Dispose();
            foreach (Parameter parameter in kept.Parameters) parameter.Dispose();
        }
        _tokenizers.Remove(number);
        return null;
    }

    private static Parameter WithGradient(Parameter parameter, Tensor? gradient)
    {
        parameter.grad = gradient;
        return parameter;
    }

    private static string[] TextsOf(JsonArray list) => [.. list.Select(item => item!.GetValue<string>())];
}
