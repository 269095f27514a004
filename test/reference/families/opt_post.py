"""OPT as its 350m: norms over the residual stream itself, once each part is added to it, and none at the end."""

from dataclasses import replace

from anatomy import Family, Variant
from families.opt import ANATOMY as PRE
from families.opt import COMMON

ANATOMY = replace(PRE, attention_norm=None, stream_norms=("self_attn_layer_norm", "final_layer_norm"))
WITHOUT_LENS = "it expects norms before each part"

FAMILY = Family(
    "opt-post",
    ANATOMY,
    {
        "projected": Variant(
            config={
                **COMMON,
                "ffn_dim": 48,
                "word_embed_proj_dim": 24,
                "activation_function": "relu",
                "do_layer_norm_before": False,
            },
            notes="As on the hub: embeddings narrower than the residual stream, tied, biases everywhere.",
            seed=141,
            without_lens=WITHOUT_LENS,
        ),
        "options": Variant(
            config={
                **COMMON,
                "num_hidden_layers": 2,
                "ffn_dim": 40,
                "word_embed_proj_dim": 32,
                "activation_function": "gelu",
                "do_layer_norm_before": False,
                "enable_bias": False,
                "layer_norm_elementwise_affine": False,
                "tie_word_embeddings": False,
            },
            notes="No biases, norms without weights, GELU, untied, embeddings as wide as the stream.",
            seed=142,
            without_lens=WITHOUT_LENS,
        ),
    },
)
