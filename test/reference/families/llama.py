"""Llama: RMSNorm, rotary positions, gated MLP, key/value heads shared by groups of query heads."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers", token_embedding="model.embed_tokens")

COMMON = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "llama",
    ANATOMY,
    {
        "grouped": Variant(
            config={
                **COMMON,
                "head_dim": 12,
                "num_key_value_heads": 2,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "tie_word_embeddings": False,
            },
            notes="Two query heads to a key/value head, head width other than width / heads, untied, no biases.",
            seed=11,
        ),
        "options": Variant(
            config={
                **COMMON,
                "num_key_value_heads": 4,
                "intermediate_size": 64,
                "hidden_act": "gelu_pytorch_tanh",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                "attention_bias": True,
                "mlp_bias": True,
                "tie_word_embeddings": True,
            },
            notes="A key/value head for each query head, tied, biases in attention and MLP, another rotary base and activation.",
            seed=12,
        ),
    },
)
