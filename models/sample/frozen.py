"""The frozen linear map of a GPT-2, for token scores that add up to a logit.

Run the model once and hold its attention patterns, norm scales and activation gates at the values they took. The
network is then one affine map of the embeddings x0, so that a target splits exactly into one score per token,
<gradient of the target, x0_s>, and what the biases add, which is the map's value at x0 = 0.
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional
from transformers import GPT2LMHeadModel


@dataclass
class Frozen:
    """Values held while the map is taken: recorded on the first pass, read in the same order on later ones."""

    values: list[Tensor] = field(default_factory=list)
    recorded: bool = False
    next: int = 0

    def start_pass(self) -> None:
        """Go to the network's first place; once a pass has recorded its values, nothing new is recorded."""
        self.recorded, self.next = bool(self.values), 0

    def hold(self, value: Tensor) -> Tensor:
        """The held value for the next place of the network."""
        if not self.recorded:
            self.values.append(value.detach())
        self.next += 1
        return self.values[self.next - 1]


def norm(layer: torch.nn.LayerNorm, x: Tensor, frozen: Frozen) -> Tensor:
    """Layer norm with its scale held."""
    centred = x - x.mean(-1, keepdim=True)
    scale = frozen.hold(torch.rsqrt(centred.square().mean(-1, keepdim=True) + layer.eps))
    return layer.weight * centred * scale + layer.bias


def attention(layer: torch.nn.Module, y: Tensor, frozen: Frozen) -> Tensor:
    """Causal self-attention with its pattern held."""
    tokens, width = y.shape
    query, key, value = (
        part.view(tokens, layer.num_heads, -1).transpose(0, 1) for part in layer.c_attn(y).split(width, -1)
    )
    logits = query @ key.transpose(1, 2) / math.sqrt(layer.head_dim)
    future = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
    pattern = frozen.hold(logits.masked_fill(future, -math.inf).softmax(-1))
    return layer.c_proj((pattern @ value).transpose(0, 1).reshape(tokens, width))


def mlp(layer: torch.nn.Module, y: Tensor, frozen: Frozen) -> Tensor:
    """MLP whose tanh GELU is a product with its held gate, GELU(u) = u * gate(u)."""
    u = layer.c_fc(y)
    gate = 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (u + 0.044715 * u**3)))
    return layer.c_proj(u * frozen.hold(gate))


def last_logits(model: GPT2LMHeadModel, x0: Tensor, frozen: Frozen) -> Tensor:
    """Logits after the last token, as an affine map of the embeddings."""
    frozen.start_pass()
    x = x0
    for block in model.transformer.h:
        x = x + attention(block.attn, norm(block.ln_1, x, frozen), frozen)
        x = x + mlp(block.mlp, norm(block.ln_2, x, frozen), frozen)
    return functional.linear(norm(model.transformer.ln_f, x, frozen)[-1], model.lm_head.weight)


@dataclass(frozen=True)
class TokenScores:
    """A target split over the prompt's tokens."""

    target: float
    scores: list[float]
    biases: float

    @property
    def gap(self) -> float:
        """What the scores and the biases miss of the target: rounding only."""
        return self.target - sum(self.scores) - self.biases


def token_scores(model: GPT2LMHeadModel, ids: list[int], answer: int, against: int | None) -> TokenScores:
    """Every token's share of the answer's logit, or of its logit minus another token's, after the last token."""

    def target(logits: Tensor) -> Tensor:
        return logits[answer] if against is None else logits[answer] - logits[against]

    tokens = torch.tensor(ids)
    x0 = model.transformer.wte(tokens) + model.transformer.wpe(torch.arange(len(ids)))
    x0 = x0.detach().requires_grad_()
    frozen = Frozen()
    gradient = torch.autograd.grad(target(last_logits(model, x0, frozen)), x0)[0]
    with torch.no_grad():
        return TokenScores(
            target=target(model(tokens[None]).logits[0, -1]).item(),
            scores=(gradient * x0).sum(-1).tolist(),
            biases=target(last_logits(model, torch.zeros_like(x0), frozen)).item(),
        )
