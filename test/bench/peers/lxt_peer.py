"""LXT's AttnLRP of the top logit: transformers' classes under its rules, and autograd."""

import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import MagicMock

import torch

from checkpoint import embed, last_logits, load

# LXT 2.1's rules for these two need torchvision and functions that transformers 5 has no longer.
for unused in ("bert", "vit_torch"):
    sys.modules[f"lxt.efficient.models.{unused}"] = MagicMock()
from lxt.efficient import models, monkey_patch  # noqa: E402


def attn_lrp(folder: Path, threads: int) -> Callable[[list[int]], float]:
    model = load(folder, threads, "eager")
    module = sys.modules[type(model).__module__]
    rules = getattr(models, module.__name__.rsplit("_", 1)[-1]).attnLRP
    # LXT replaces the registry of attention functions by a plain dict, which transformers 5 cannot use.
    registry = module.ALL_ATTENTION_FUNCTIONS
    monkey_patch(module, rules)
    module.ALL_ATTENTION_FUNCTIONS = registry

    def run(ids: list[int]) -> float:
        x = embed(model, ids).requires_grad_()
        top = last_logits(model, x).max()
        (torch.autograd.grad(top, x)[0] * x.detach()).sum(-1)
        return top.item()

    return run


CASES = {"AttnLRP": attn_lrp}
