"""GPT-NeoX (Pythia): parallel or sequential blocks, partly rotary, queries, keys and values interleaved by head."""

import torch

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="gpt_neox.layers",
    final_norm="gpt_neox.final_layer_norm",
    attention_projection="attention.dense",
    attention_output="attention",
    mlp_projection="mlp.dense_4h_to_h",
    activation="mlp.act",
    gated=False,
)

COMMON = {
    "architectures": ["GPTNeoXForCausalLM"],
    "model_type": "gpt_neox",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}


def hub_name(name: str) -> str:
    return name.replace("lm_head.", "embed_out.")


def buffers() -> dict:
    """The hub's Pythia files hold these beside the weights."""
    mask = torch.ones(8, 8, dtype=torch.bool).tril().reshape(1, 1, 8, 8)
    per_layer = {
        "attention.bias": mask,
        "attention.masked_bias": torch.tensor(-1e9),
        "attention.rotary_emb.inv_freq": torch.ones(1),
    }
    return {f"gpt_neox.layers.{layer}.{name}": value.clone() for layer in range(3) for name, value in per_layer.items()}


FAMILY = Family(
    "gpt-neox",
    ANATOMY,
    {
        "parallel": Variant(
            config={
                **COMMON,
                "intermediate_size": 128,
                "hidden_act": "gelu",
                "layer_norm_eps": 1e-5,
                "rotary_pct": 0.25,
                "rotary_emb_base": 10000,
                "use_parallel_residual": True,
                "tie_word_embeddings": False,
            },
            notes="As Pythia on the hub: parallel blocks, a quarter of each head rotated, buffers in the file.",
            seed=31,
            rename=hub_name,
            extra_tensors=buffers,
        ),
        "sequential": Variant(
            config={
                **COMMON,
                "intermediate_size": 72,
                "hidden_act": "gelu_fast",
                "layer_norm_eps": 1e-3,
                "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5},
                "use_parallel_residual": False,
                "attention_bias": False,
                "tie_word_embeddings": True,
            },
            notes="Sequential blocks, tied, no biases in attention, half of each head rotated.",
            seed=32,
            without_lens="it expects biases in attention",
        ),
    },
)
