using System.Text.Json.Nodes;

namespace Cs336.Inference.Tests;

/// <summary>
/// The <c>config.json</c> of well-known models, key by key as they are published, with sizes that a test computes in no time. Lengths by
/// which positions are scaled and windows are made smaller alike, so that texts of the tests come to where they matter.
/// </summary>
internal static class FamilyConfigs
{
    public static IReadOnlyDictionary<string, JsonObject> All { get; } = new Dictionary<string, string>
    {
        ["TinyLlama"] = """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
             "hidden_size": 48, "initializer_range": 0.02, "intermediate_size": 88, "max_position_embeddings": 64, "model_type": "llama",
             "num_attention_heads": 6, "num_hidden_layers": 2, "num_key_value_heads": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
             "transformers_version": "4.35.0", "use_cache": true, "vocab_size": 70}
            """,
        ["SmolLM 2"] = """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 0,
             "eos_token_id": 0, "hidden_act": "silu", "hidden_size": 36, "initializer_range": 0.041666666666666664,
             "intermediate_size": 96, "is_llama_config": true, "max_position_embeddings": 64, "model_type": "llama",
             "num_attention_heads": 9, "num_hidden_layers": 3, "num_key_value_heads": 3, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true,
             "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": true, "vocab_size": 70}
            """,
        ["Llama 3.2"] = """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 60,
             "eos_token_id": [61, 62, 63], "head_dim": 8, "hidden_act": "silu", "hidden_size": 32, "initializer_range": 0.02,
             "intermediate_size": 80, "max_position_embeddings": 128, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 4,
             "num_hidden_layers": 2, "num_key_value_heads": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                "original_max_position_embeddings": 32, "rope_type": "llama3"},
             "rope_theta": 500.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0",
             "use_cache": true, "vocab_size": 70}
            """,
        ["Qwen 2.5"] = """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 60, "eos_token_id": 60,
             "hidden_act": "silu", "hidden_size": 56, "initializer_range": 0.02, "intermediate_size": 72, "max_position_embeddings": 64,
             "max_window_layers": 2, "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 2, "num_key_value_heads": 2,
             "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 64, "tie_word_embeddings": true,
             "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": true, "use_mrope": false,
             "use_sliding_window": false, "vocab_size": 70}
            """,
        ["Qwen 2.5 with yarn"] = """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "hidden_act": "silu", "hidden_size": 64,
             "intermediate_size": 72, "max_position_embeddings": 128, "max_window_layers": 28, "model_type": "qwen2",
             "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000.0,
             "rope_scaling": {"factor": 4.0, "original_max_position_embeddings": 32, "type": "yarn"},
             "sliding_window": null, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "use_sliding_window": false,
             "vocab_size": 70}
            """,
        ["Qwen 2 with windows"] = """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "hidden_act": "silu", "hidden_size": 32,
             "intermediate_size": 72, "max_position_embeddings": 64, "max_window_layers": 1, "model_type": "qwen2",
             "num_attention_heads": 4, "num_hidden_layers": 3, "num_key_value_heads": 4, "rms_norm_eps": 1e-06, "rope_theta": 10000.0,
             "sliding_window": 7, "tie_word_embeddings": false, "torch_dtype": "float32", "use_sliding_window": true, "vocab_size": 70}
            """,
        ["Qwen 3"] = """
            {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 60,
             "eos_token_id": 61, "head_dim": 16, "hidden_act": "silu", "hidden_size": 40, "initializer_range": 0.02,
             "intermediate_size": 96, "max_position_embeddings": 64, "max_window_layers": 2, "model_type": "qwen3",
             "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_scaling": null,
             "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
             "transformers_version": "4.51.0", "use_cache": true, "use_sliding_window": false, "vocab_size": 70}
            """,
        ["Qwen 3 of transformers 5"] = """
            {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "dtype": "bfloat16",
             "head_dim": 12, "hidden_act": "silu", "hidden_size": 40, "intermediate_size": 96,
             "layer_types": ["full_attention", "sliding_attention"], "max_position_embeddings": 128, "max_window_layers": 1,
             "model_type": "qwen3", "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 4, "rms_norm_eps": 1e-06,
             "rope_parameters": {"attention_factor": 1.25, "beta_fast": 24.0, "beta_slow": 2.0, "factor": 4.0,
                "original_max_position_embeddings": 32, "rope_theta": 1000.0, "rope_type": "yarn", "truncate": true},
             "sliding_window": 9, "tie_word_embeddings": false, "use_sliding_window": true, "vocab_size": 70}
            """,
        ["Mistral 7B"] = """
            {"architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 32,
             "initializer_range": 0.02, "intermediate_size": 96, "max_position_embeddings": 64, "model_type": "mistral",
             "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
             "sliding_window": 8, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0",
             "use_cache": true, "vocab_size": 70}
            """,
        ["Mistral Nemo"] = """
            {"architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "head_dim": 8,
             "hidden_act": "silu", "hidden_size": 40, "initializer_range": 0.02, "intermediate_size": 96,
             "max_position_embeddings": 64, "model_type": "mistral", "num_attention_heads": 4, "num_hidden_layers": 2,
             "num_key_value_heads": 2, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0, "sliding_window": null,
             "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.43.0.dev0", "use_cache": true,
             "vocab_size": 70}
            """,
        ["LLaMA with linear scaling"] = """
            {"architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "hidden_size": 32, "intermediate_size": 96,
             "max_position_embeddings": 64, "model_type": "llama", "num_attention_heads": 4, "num_hidden_layers": 2,
             "rms_norm_eps": 1e-06, "rope_scaling": {"type": "linear", "factor": 2.5}, "tie_word_embeddings": false,
             "torch_dtype": "float32", "vocab_size": 70}
            """,
    }.ToDictionary(item => item.Key, item => JsonNode.Parse(item.Value)!.AsObject());
}
