"""Gradient x input of the top logit, by autograd over transformers' modules."""

from collections.abc import Callable
from pathlib import Path

import torch

from checkpoint import embed, last_logits, load


def gradient(attention: str) -> Callable:
    def open_model(folder: Path, threads: int) -> Callable[[list[int]], float]:
        model = load(folder, threads, attention)

        def run(ids: list[int]) -> float:
            x = embed(model, ids).requires_grad_()
            top = last_logits(model, x).max()
            (torch.autograd.grad(top, x)[0] * x.detach()).sum(-1)
            return top.item()

        return run

    return open_model


CASES = {"sdpa": gradient("sdpa"), "eager": gradient("eager")}
