"""Mistral: Llama with a sliding window over all blocks."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers")

COMMON = {
    "architectures": ["MistralForCausalLM"],
    "model_type": "mistral",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "mistral",
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
                "sliding_window": 4,
                "tie_word_embeddings": False,
            },
            notes="Every block sees four positions; grouped, untied.",
            seed=41,
        ),
        "full": Variant(
            config={
                **COMMON,
                "head_dim": 12,
                "num_key_value_heads": 1,
                "intermediate_size": 64,
                "hidden_act": "gelu",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 1000.0},
                "sliding_window": None,
                "tie_word_embeddings": True,
            },
            notes="No window, one key/value head, own head width, tied.",
            seed=42,
        ),
        "layer-types": Variant(
            config={
                **{key: value for key, value in COMMON.items() if key != "max_position_embeddings"},
                "head_dim": 8,
                "num_key_value_heads": 2,
                "intermediate_size": 40,
                "layer_types": ["full_attention", "sliding_attention", "full_attention"],
                "sliding_window": 4,
            },
            notes="The middle block alone sees four positions, as in Ministral; no length given.",
            seed=44,
        ),
    },
)
