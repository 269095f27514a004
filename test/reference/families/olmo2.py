"""OLMo 2: norms after each part only; queries and keys normed over all heads together."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="model.layers",
    attention_norm=None,
    attention_output="post_attention_layernorm",
    mlp_output="post_feedforward_layernorm",
)

COMMON = {
    "architectures": ["Olmo2ForCausalLM"],
    "model_type": "olmo2",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "olmo2",
    ANATOMY,
    {
        "plain": Variant(
            config={
                **COMMON,
                "intermediate_size": 64,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
                "tie_word_embeddings": False,
            },
            notes="Full heads, untied.",
            seed=121,
        ),
        "grouped": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 2,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                "attention_bias": True,
                "tie_word_embeddings": True,
            },
            notes="Grouped, biases in attention, tied.",
            seed=122,
        ),
    },
)
