"""Gemma 3 (text): Gemma 2 with normed queries and keys instead of softcaps, two rotary bases."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="model.layers",
    attention_output="post_attention_layernorm",
    mlp_output="post_feedforward_layernorm",
)

COMMON = {
    "architectures": ["Gemma3ForCausalLM"],
    "model_type": "gemma3_text",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "gemma3",
    ANATOMY,
    {
        "alternating": Variant(
            config={
                **COMMON,
                "head_dim": 12,
                "num_key_value_heads": 1,
                "intermediate_size": 64,
                "hidden_activation": "gelu_pytorch_tanh",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
                "rope_local_base_freq": 100.0,
                "rope_scaling": {"rope_type": "linear", "factor": 8.0},
                "query_pre_attn_scalar": 12,
                "sliding_window": 5,
                "sliding_window_pattern": 2,
            },
            notes="Blocks 0 and 2 see five positions and turn by the local base; block 1 by the global one, stretched.",
            seed=91,
            embedding_deviation=0.3,
        ),
        "options": Variant(
            config={
                **COMMON,
                "head_dim": 8,
                "num_key_value_heads": 4,
                "intermediate_size": 56,
                "hidden_activation": "gelu_pytorch_tanh",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 1000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
                },
                "query_pre_attn_scalar": 20,
                "layer_types": ["full_attention", "full_attention", "sliding_attention"],
                "sliding_window": 4,
                "final_logit_softcapping": 4.0,
                "attention_bias": True,
                "tie_word_embeddings": False,
            },
            notes="Layer types named, final softcap, biases in attention, untied.",
            seed=92,
            embedding_deviation=0.3,
        ),
        "scaled": Variant(
            config={
                **COMMON,
                "num_hidden_layers": 2,
                "head_dim": 8,
                "num_key_value_heads": 2,
                "intermediate_size": 48,
                "rope_scaling": {"rope_type": "linear", "factor": 4.0},
                "rope_parameters": {
                    "full_attention": {"rope_type": "default", "rope_theta": 500.0},
                    "sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
                },
                "sliding_window": 5,
                "sliding_window_pattern": 2,
            },
            notes="A scaling under its old key beside parameters for each layer type, whose base it keeps.",
            seed=93,
            embedding_deviation=0.3,
        ),
    },
)
