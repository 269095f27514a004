"""Gemma: Llama with scaled embeddings and norms that multiply by 1 + weight."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(blocks="model.layers")

COMMON = {
    "architectures": ["GemmaForCausalLM"],
    "model_type": "gemma",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "gemma",
    ANATOMY,
    {
        "multi-query": Variant(
            config={
                **COMMON,
                "head_dim": 12,
                "num_key_value_heads": 1,
                "intermediate_size": 64,
                "hidden_act": "gelu_pytorch_tanh",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
            },
            notes="One key/value head, own head width; tied because that is the default.",
            seed=71,
            embedding_deviation=0.3,
        ),
        "options": Variant(
            config={
                **COMMON,
                "head_dim": 8,
                "num_key_value_heads": 4,
                "intermediate_size": 56,
                "hidden_act": "silu",
                "rms_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
                "attention_bias": True,
                "tie_word_embeddings": False,
            },
            notes="Full heads, biases in attention, SiLU, untied.",
            seed=72,
            embedding_deviation=0.3,
        ),
        "bfloat16": Variant(
            config={
                **COMMON,
                "hidden_size": 40,
                "head_dim": 8,
                "num_key_value_heads": 2,
                "intermediate_size": 48,
                "hidden_act": "gelu_pytorch_tanh",
                "rms_norm_eps": 1e-6,
                "rope_theta": 10000.0,
                "torch_dtype": "bfloat16",
            },
            notes="Weights in bfloat16, values of a float32 run whose embedding scale is rounded to bfloat16: 6.3125.",
            seed=73,
            embedding_deviation=0.3,
            dtype="bfloat16",
        ),
    },
)
