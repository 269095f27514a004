"""Llama: RMSNorm, rotary positions, gated MLP, key/value heads shared by groups of query heads."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers")

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


def rotary(notes: str, seed: int, maximum: int = 64, **rope) -> Variant:
    """A variant that differs in how rotary positions are stretched."""
    return Variant(
        config={
            **COMMON,
            "max_position_embeddings": maximum,
            "num_key_value_heads": 2,
            "intermediate_size": 56,
            "hidden_act": "silu",
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": True,
            **rope,
        },
        notes=notes,
        seed=seed,
    )


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
            notes="A key/value head for each query head, tied, biases in attention and MLP, another rotary base and "
            "activation.",
            seed=12,
        ),
        "large-vocabulary": Variant(
            config={
                **COMMON,
                "vocab_size": 50000,
                "hidden_size": 16,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "num_key_value_heads": 1,
                "intermediate_size": 32,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "tie_word_embeddings": True,
                "torch_dtype": "bfloat16",
            },
            notes="As many tokens as real models have, and logits with a large common part, as theirs.",
            seed=17,
            embedding_deviation=1.0,
            embedding_mean=3.0,
            dtype="bfloat16",
            large_vocabulary=True,
        ),
        "rope-llama3": rotary(
            "Llama 3.1's scaling: one pair kept, one interpolated, two divided.",
            seed=13,
            rope_theta=500.0,
            rope_scaling={
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        ),
        "rope-linear": rotary(
            "Positions divided by 3, under the key's old name.",
            seed=14,
            rope_theta=500.0,
            rope_scaling={"type": "linear", "factor": 3.0},
        ),
        "rope-dynamic": rotary(
            "The base grows with prompts longer than 16: the longest prompt's does.",
            seed=15,
            maximum=16,
            rope_parameters={"rope_type": "dynamic", "rope_theta": 500.0, "factor": 2.0},
        ),
        "rope-yarn": rotary(
            "YaRN: a ramp over the pairs, cos and sin multiplied by a factor.",
            seed=16,
            rope_theta=500.0,
            rope_scaling={
                "rope_type": "yarn",
                "factor": 4.0,
                "original_max_position_embeddings": 16,
                "beta_fast": 2.0,
                "beta_slow": 0.1,
            },
        ),
        "relu2": Variant(
            config={
                **COMMON,
                "num_hidden_layers": 2,
                "num_key_value_heads": 2,
                "intermediate_size": 48,
                "hidden_act": "relu2",
                "mlp_bias": True,
                "tie_word_embeddings": True,
            },
            notes="The squared ReLU as a gate.",
            seed=17,
            gain=0.9,
        ),
    },
)
