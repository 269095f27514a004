"""Attention-only transformers: GPT-2 without its MLPs. No class of transformers: the model is here.

Keys of config.json: vocab_size, n_positions, n_embd, n_layer, n_head as in GPT-2; layer_norm (default true),
layer_norm_epsilon, positional_embedding (default true), tie_word_embeddings (default true). Tensors are named and laid
out as in GPT-2.
"""

from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

from anatomy import Anatomy, Family, Variant

ANATOMY = Anatomy(
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    attention_norm="ln_1",
    attention_projection="attn.c_proj",
    attention_output="attn",
    mlp_projection=None,
    mlp_output=None,
    activation=None,
    gated=False,
    position_embedding="transformer.wpe",
)


class NoPositions(nn.Module):
    """In the place of learned positions, with nothing to store: zeros. [T] -> [T, d]"""

    def __init__(self, width: int):
        super().__init__()
        self.width = width

    def forward(self, positions: Tensor) -> Tensor:
        return torch.zeros(len(positions), self.width)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.c_attn = Conv1D(3 * width, width)
        self.c_proj = Conv1D(width, width)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        batch, length, width = x.shape
        split = lambda y: y.reshape(batch, length, self.heads, -1).transpose(1, 2)
        query, key, value = (split(part) for part in self.c_attn(x).split(width, dim=-1))
        scores = torch.matmul(query, key.transpose(-1, -2)) * (width // self.heads) ** -0.5
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        pattern = functional.softmax(scores.masked_fill(future, -torch.inf), dim=-1)
        z = torch.matmul(pattern, value).transpose(1, 2).reshape(batch, length, width)
        return self.c_proj(z), pattern


class Block(nn.Module):
    def __init__(self, config: SimpleNamespace):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon) if config.layer_norm else nn.Identity()
        self.attn = Attention(config.n_embd, config.n_head)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        written, pattern = self.attn(self.ln_1(x))
        return x + written, pattern


class Transformer(nn.Module):
    def __init__(self, config: SimpleNamespace):
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        learned = config.positional_embedding
        self.wpe = nn.Embedding(config.n_positions, config.n_embd) if learned else NoPositions(config.n_embd)
        self.h = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, config.layer_norm_epsilon) if config.layer_norm else nn.Identity()


class AttentionOnly(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        defaults = {
            "layer_norm": True,
            "layer_norm_epsilon": 1e-5,
            "positional_embedding": True,
            "tie_word_embeddings": True,
        }
        self.config = SimpleNamespace(**{**defaults, **config})
        self.transformer = Transformer(self.config)
        self.lm_head = nn.Linear(self.config.n_embd, self.config.vocab_size, bias=False)
        if self.config.tie_word_embeddings:
            self.lm_head.weight = self.transformer.wte.weight

    def forward(self, input_ids: Tensor, **_) -> SimpleNamespace:
        x = self.transformer.wte(input_ids) + self.transformer.wpe(torch.arange(input_ids.shape[1]))
        patterns = []
        for block in self.transformer.h:
            x, pattern = block(x)
            patterns.append(pattern)
        return SimpleNamespace(logits=self.lm_head(self.transformer.ln_f(x)), attentions=tuple(patterns))


NO_LENS = "it loads models of transformers only"

COMMON = {
    "model_type": "attention_only",
    "vocab_size": 288,
    "n_positions": 64,
    "n_embd": 32,
    "n_head": 4,
}

FAMILY = Family(
    "attention-only",
    ANATOMY,
    {
        "plain": Variant(
            config={**COMMON, "n_layer": 2},
            notes="Two blocks with norms and learned positions, tied.",
            seed=161,
            without_lens=NO_LENS,
            build=AttentionOnly,
        ),
        "bare": Variant(
            config={
                **COMMON,
                "n_layer": 3,
                "layer_norm": False,
                "positional_embedding": False,
                "tie_word_embeddings": False,
            },
            notes="Three blocks without norms and without positions, untied: the logits are the path expansion itself.",
            seed=162,
            without_lens=NO_LENS,
            build=AttentionOnly,
        ),
    },
)
