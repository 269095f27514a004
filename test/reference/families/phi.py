"""Phi 1 and 2: parallel blocks with one norm, partly rotary, biases everywhere, also on the unembedding."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="model.layers",
    final_norm="model.final_layernorm",
    attention_projection="self_attn.dense",
    mlp_projection="mlp.fc2",
    activation="mlp.activation_fn",
    gated=False,
)

COMMON = {
    "architectures": ["PhiForCausalLM"],
    "model_type": "phi",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "phi",
    ANATOMY,
    {
        "plain": Variant(
            config={
                **COMMON,
                "intermediate_size": 128,
                "num_key_value_heads": None,
                "hidden_act": "gelu_new",
                "layer_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "partial_rotary_factor": 0.5,
                "qk_layernorm": False,
                "tie_word_embeddings": False,
            },
            notes="As on the hub: half of each head rotated, untied.",
            seed=151,
        ),
        "normed": Variant(
            config={
                **COMMON,
                "intermediate_size": 72,
                "num_key_value_heads": 2,
                "hidden_act": "gelu",
                "layer_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.25},
                "qk_layernorm": True,
                "tie_word_embeddings": False,
            },
            notes="Queries and keys normed (one LayerNorm for all heads), grouped, a quarter of each head rotated.",
            seed=152,
            without_lens="it does not know Phi's norms of queries and keys",
        ),
    },
)
