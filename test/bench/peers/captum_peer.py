"""Captum's gradient methods on the top logit."""

from collections.abc import Callable
from pathlib import Path

import torch
from captum.attr import InputXGradient, IntegratedGradients

from checkpoint import embed, last_logits, load

STEPS = 32
# Of the steps that run at once. With all of them, a prompt of 256 tokens takes many gigabytes.
BATCH = 4


def attributing(method: type, **options: object) -> Callable:
    def open_model(folder: Path, threads: int) -> Callable[[list[int]], float]:
        model = load(folder, threads)
        explainer = method(lambda x: last_logits(model, x))

        def run(ids: list[int]) -> float:
            x = embed(model, ids)
            with torch.no_grad():
                logit, top = last_logits(model, x)[0].max(-1)
            explainer.attribute(x, target=top.item(), **options)
            return logit.item()

        return run

    return open_model


CASES = {
    "InputXGradient": attributing(InputXGradient),
    "IntegratedGradients": attributing(IntegratedGradients, n_steps=STEPS, internal_batch_size=BATCH),
}
