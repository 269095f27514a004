"""StableLM: gated MLP with LayerNorm, partly rotary, sequential or parallel blocks."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers")

COMMON = {
    "architectures": ["StableLmForCausalLM"],
    "model_type": "stablelm",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "stablelm",
    ANATOMY,
    {
        "sequential": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 2,
                "intermediate_size": 64,
                "hidden_act": "silu",
                "layer_norm_eps": 1e-5,
                "rope_theta": 10000,
                "partial_rotary_factor": 0.25,
                "use_qkv_bias": True,
                "use_parallel_residual": False,
                "qk_layernorm": False,
                "tie_word_embeddings": False,
            },
            notes="Grouped, biases on queries, keys and values, a quarter of each head rotated.",
            seed=111,
        ),
        "parallel": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 2,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "layer_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5},
                "use_qkv_bias": False,
                "use_parallel_residual": True,
                "qk_layernorm": True,
                "tie_word_embeddings": True,
            },
            notes="Parallel blocks with one norm, a LayerNorm of its own for each query and key head, tied.",
            seed=112,
        ),
    },
)
