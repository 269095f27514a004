"""Qwen 3: Llama with queries and keys normed by head, own head width."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers")

COMMON = {
    "architectures": ["Qwen3ForCausalLM"],
    "model_type": "qwen3",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "qwen3",
    ANATOMY,
    {
        "plain": Variant(
            config={
                **COMMON,
                "head_dim": 12,
                "num_key_value_heads": 2,
                "intermediate_size": 64,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
                "sliding_window": None,
                "use_sliding_window": False,
                "tie_word_embeddings": True,
            },
            notes="Tied, grouped.",
            seed=61,
        ),
        "sliding": Variant(
            config={
                **COMMON,
                "head_dim": 8,
                "num_key_value_heads": 4,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                "attention_bias": True,
                "sliding_window": 5,
                "max_window_layers": 2,
                "use_sliding_window": True,
                "tie_word_embeddings": False,
                "dtype": "float16",
            },
            notes="Block 2 sees five positions; biases, untied; weights in float16, values of a float32 run.",
            seed=62,
            dtype="float16",
        ),
    },
)
