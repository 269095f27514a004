"""GPT-2: learned positions, LayerNorm, fused query-key-value projection stored [in, out]."""

import torch

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    attention_norm="ln_1",
    position_embedding="transformer.wpe",
    attention_projection="attn.c_proj",
    attention_output="attn",
    mlp_projection="mlp.c_proj",
    activation="mlp.act",
    gated=False,
)

COMMON = {
    "architectures": ["GPT2LMHeadModel"],
    "model_type": "gpt2",
    "vocab_size": 288,
    "n_positions": 64,
    "n_embd": 32,
    "n_layer": 3,
    "n_head": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "attn_pdrop": 0.1,
    "embd_pdrop": 0.1,
    "resid_pdrop": 0.1,
}


def mask_buffers() -> dict:
    """The hub's GPT-2 files hold each block's causal mask beside its weights."""
    mask = torch.ones(8, 8).tril().reshape(1, 1, 8, 8)
    return {f"h.{layer}.attn.bias": mask.clone() for layer in range(3)}


FAMILY = Family(
    "gpt2",
    ANATOMY,
    {
        "plain": Variant(
            config={**COMMON, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5},
            notes="As on the hub: tied embeddings, tensor names without `transformer.`, mask buffers in the file.",
            seed=1,
            rename=lambda name: name.removeprefix("transformer."),
            extra_tensors=mask_buffers,
        ),
        "options": Variant(
            config={
                **COMMON,
                "vocab_size": 296,
                "activation_function": "relu",
                "n_inner": 80,
                "layer_norm_epsilon": 1e-3,
                "scale_attn_weights": False,
                "scale_attn_by_inverse_layer_idx": True,
                "tie_word_embeddings": False,
            },
            notes="Untied, ReLU, own inner width, attention scaled by 1/(layer + 1) only, spare rows in the "
            "vocabulary.",
            seed=2,
            query_key_gain=0.9,
        ),
        "aliases": Variant(
            config={**COMMON, "n_head": 8, "num_hidden_layers": 2, "num_attention_heads": 4},
            notes="Blocks and heads under the names of all families, which count: two and four.",
            seed=3,
        ),
        "tanh": Variant(
            config={**COMMON, "n_layer": 2, "n_inner": 48, "activation_function": "tanh"},
            notes="Neurons with tanh.",
            seed=3,
        ),
    },
)
