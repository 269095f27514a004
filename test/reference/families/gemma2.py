"""Gemma 2: norms before and after each part, softcaps, every second block sees a window."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="model.layers",
    attention_output="post_attention_layernorm",
    mlp_output="post_feedforward_layernorm",
)

COMMON = {
    "architectures": ["Gemma2ForCausalLM"],
    "model_type": "gemma2",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "gemma2",
    ANATOMY,
    {
        "softcapped": Variant(
            config={
                **COMMON,
                "head_dim": 12,
                "num_key_value_heads": 2,
                "intermediate_size": 64,
                "hidden_activation": "gelu_pytorch_tanh",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
                "query_pre_attn_scalar": 20,
                "sliding_window": 4,
                "attn_logit_softcapping": 2.0,
                "final_logit_softcapping": 4.0,
            },
            notes="Softcaps that bite; blocks 0 and 2 see four positions by default; scale other than by head width.",
            seed=81,
            embedding_deviation=0.3,
        ),
        "options": Variant(
            config={
                **COMMON,
                "head_dim": 8,
                "num_key_value_heads": 4,
                "intermediate_size": 56,
                "hidden_activation": "silu",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                "query_pre_attn_scalar": 8,
                "layer_types": ["full_attention", "sliding_attention", "sliding_attention"],
                "sliding_window": 6,
                "attn_logit_softcapping": None,
                "final_logit_softcapping": None,
                "attention_bias": True,
                "tie_word_embeddings": False,
            },
            notes="No softcaps, layer types named, biases in attention, untied.",
            seed=82,
            embedding_deviation=0.3,
        ),
    },
)
