"""Qwen 2: Llama with biases on queries, keys and values; later blocks may see a window."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers")

COMMON = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "qwen2",
    ANATOMY,
    {
        "plain": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 2,
                "intermediate_size": 64,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
                "sliding_window": 5,
                "max_window_layers": 1,
                "use_sliding_window": False,
                "tie_word_embeddings": True,
            },
            notes="Tied; a window is named but not in use.",
            seed=51,
        ),
        "sliding": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 4,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                "sliding_window": 4,
                "max_window_layers": 1,
                "use_sliding_window": True,
                "tie_word_embeddings": False,
                "dtype": "bfloat16",
            },
            notes="Blocks 1 and 2 see four positions; untied; weights in bfloat16, values of a float32 run.",
            seed=52,
            dtype="bfloat16",
        ),
        "no-window": Variant(
            config={
                **COMMON,
                "num_hidden_layers": 2,
                "num_key_value_heads": 2,
                "intermediate_size": 40,
                "use_sliding_window": False,
                "sliding_window": 0,
            },
            notes="A window of 0 that no block has.",
            seed=53,
        ),
    },
)
