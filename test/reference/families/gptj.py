"""GPT-J: parallel blocks with one norm, rotation of neighbouring pairs, a bias on the unembedding."""

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    attention_norm="ln_1",
    attention_projection="attn.out_proj",
    attention_output="attn",
    mlp_projection="mlp.fc_out",
    activation="mlp.act",
    gated=False,
)

COMMON = {
    "architectures": ["GPTJForCausalLM"],
    "model_type": "gptj",
    "vocab_size": 288,
    "n_positions": 64,
    "n_embd": 32,
    "n_layer": 3,
    "n_head": 4,
    "bos_token_id": 0,
    "eos_token_id": 0,
}

FAMILY = Family(
    "gptj",
    ANATOMY,
    {
        "plain": Variant(
            config={
                **COMMON,
                "rotary_dim": 4,
                "n_inner": None,
                "activation_function": "gelu_new",
                "layer_norm_epsilon": 1e-5,
                "tie_word_embeddings": False,
            },
            notes="As on the hub: half of each head rotated, untied.",
            seed=141,
        ),
        "options": Variant(
            config={
                **COMMON,
                "rotary_dim": 8,
                "n_inner": 72,
                "activation_function": "relu",
                "layer_norm_epsilon": 1e-3,
                "tie_word_embeddings": True,
            },
            notes="Whole heads rotated, own inner width, ReLU; tied, with the unembedding's bias in the file.",
            seed=142,
        ),
    },
)
