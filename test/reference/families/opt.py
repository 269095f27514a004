"""OPT: learned positions from row 2 on, LayerNorm, ReLU."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="model.decoder.layers",
    final_norm="model.decoder.final_layer_norm",
    attention_norm="self_attn_layer_norm",
    position_embedding="model.decoder.embed_positions",
    embedding_projection="model.decoder.project_in",
    unembedding_projection="model.decoder.project_out",
    attention_projection="self_attn.out_proj",
    mlp_projection="fc2",
    mlp_output="fc2",
    activation="activation_fn",
    gated=False,
)

COMMON = {
    "architectures": ["OPTForCausalLM"],
    "model_type": "opt",
    "vocab_size": 288,
    "max_position_embeddings": 64,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "opt",
    ANATOMY,
    {
        "plain": Variant(
            config={
                **COMMON,
                "ffn_dim": 128,
                "word_embed_proj_dim": 32,
                "activation_function": "relu",
                "do_layer_norm_before": True,
                "pad_token_id": 1,
            },
            notes="As on the hub: tied, biases everywhere.",
            seed=131,
        ),
        "options": Variant(
            config={
                **COMMON,
                "ffn_dim": 72,
                "activation_function": "gelu",
                "do_layer_norm_before": True,
                "enable_bias": False,
                "layer_norm_elementwise_affine": False,
                "tie_word_embeddings": False,
            },
            notes="No biases, norms without weights, GELU, untied.",
            seed=132,
        ),
        "no-final-norm": Variant(
            config={
                **COMMON,
                "ffn_dim": 64,
                "activation_function": "relu",
                "do_layer_norm_before": True,
                "_remove_final_layer_norm": True,
            },
            notes="No norm before the unembedding.",
            seed=133,
            without_lens="it expects a final norm",
            embedding_deviation=0.3,
        ),
        "gelu-10": Variant(
            config={
                **COMMON,
                "num_hidden_layers": 2,
                "ffn_dim": 48,
                "activation_function": "gelu_10",
                "do_layer_norm_before": True,
            },
            notes="GELU cut off at 10, where neurons come near it.",
            seed=134,
            gain=5.0,
        ),
        "projected": Variant(
            config={
                **COMMON,
                "num_hidden_layers": 2,
                "ffn_dim": 48,
                "word_embed_proj_dim": 20,
                "do_layer_norm_before": True,
                "tie_word_embeddings": False,
            },
            notes="Embeddings narrower than the residual stream, untied.",
            seed=135,
            without_lens="it expects embeddings as wide as the residual stream",
        ),
    },
)
