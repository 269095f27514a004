"""Phi 3: Llama with fused projections (query|key|value and gate|up), a window, long rotary scaling."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers", activation="mlp.activation_fn")

COMMON = {
    "architectures": ["Phi3ForCausalLM"],
    "model_type": "phi3",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "pad_token_id": 0,
}

FAMILY = Family(
    "phi3",
    ANATOMY,
    {
        "sliding": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 2,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "rope_scaling": None,
                "sliding_window": 6,
                "tie_word_embeddings": False,
            },
            notes="Every block sees six positions; grouped.",
            seed=101,
        ),
        "longrope": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 4,
                "intermediate_size": 64,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "original_max_position_embeddings": 8,
                "rope_scaling": {
                "type": "longrope",
                "short_factor": [1.0, 1.1, 1.3, 1.7],
                "long_factor": [1.2, 2.0, 3.5, 6.0],
                },
                "sliding_window": None,
                "tie_word_embeddings": False,
            },
            notes="Long rotary scaling: the prompts of 1 and 7 tokens use the short factors, that of 23 the long ones.",
            seed=102,
        ),
        "partial": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 2,
                "intermediate_size": 64,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-3,
                "original_max_position_embeddings": 16,
                "rope_parameters": {
                "rope_type": "longrope",
                "rope_theta": 500.0,
                "partial_rotary_factor": 0.5,
                "original_max_position_embeddings": 16,
                "short_factor": [1.0, 1.5],
                "long_factor": [1.2, 4.0],
                },
                "tie_word_embeddings": True,
            },
            notes="As Phi 4 mini: half of each head rotated, long rotary scaling, tied.",
            seed=103,
        ),
    },
)
