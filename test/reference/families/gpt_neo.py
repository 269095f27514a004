"""GPT-Neo: as GPT-2 with separate projections, unscaled attention, and blocks that see a window only."""

import torch

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    attention_norm="ln_1",
    position_embedding="transformer.wpe",
    attention_projection="attn.attention.out_proj",
    attention_output="attn",
    mlp_projection="mlp.c_proj",
    activation="mlp.act",
    gated=False,
)

COMMON = {
    "architectures": ["GPTNeoForCausalLM"],
    "model_type": "gpt_neo",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_layers": 3,
    "num_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}


def mask_buffers() -> dict:
    """The hub's GPT-Neo files hold each block's causal mask and the value that stands for masked."""
    mask = torch.ones(8, 8, dtype=torch.uint8).tril().reshape(1, 1, 8, 8)
    return {
        **{f"transformer.h.{layer}.attn.attention.bias": mask.clone() for layer in range(3)},
        **{f"transformer.h.{layer}.attn.attention.masked_bias": torch.tensor(-1e9) for layer in range(3)},
    }


FAMILY = Family(
    "gpt-neo",
    ANATOMY,
    {
        "alternating": Variant(
            config={
                **COMMON,
                "attention_types": [[["global", "local"], 1], [["global"], 1]],
                "window_size": 5,
                "activation_function": "gelu_new",
                "layer_norm_epsilon": 1e-5,
            },
            notes="As on the hub: tied, every second block sees five positions, mask buffers in the file.",
            seed=21,
            query_key_gain=0.9,
            extra_tensors=mask_buffers,
        ),
        "options": Variant(
            config={
                **COMMON,
                "attention_types": [[["local"], 2], [["global"], 1]],
                "window_size": 4,
                "intermediate_size": 72,
                "activation_function": "relu",
                "layer_norm_epsilon": 1e-3,
                "tie_word_embeddings": False,
            },
            notes="Two windowed blocks, untied, ReLU, own inner width.",
            seed=22,
            query_key_gain=0.9,
        ),
    },
)
