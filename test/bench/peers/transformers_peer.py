"""transformers by itself: a forward pass that explains nothing."""

from collections.abc import Callable
from pathlib import Path

import torch

from checkpoint import load


def plain(attention: str, **options: int) -> Callable:
    def open_model(folder: Path, threads: int) -> Callable[[list[int]], float]:
        model = load(folder, threads, attention)

        @torch.inference_mode()
        def run(ids: list[int]) -> float:
            return model(torch.tensor([ids]), use_cache=False, **options).logits[0, -1].max().item()

        return run

    return open_model


def greedy(tokens: int) -> Callable:
    """An answer of so many tokens behind the prompt, likeliest first, keys and values kept."""

    def open_model(folder: Path, threads: int) -> Callable[[list[int]], float]:
        model = load(folder, threads, "sdpa")
        how = {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "pad_token_id": 0}

        @torch.inference_mode()
        def run(ids: list[int]) -> float:
            return float(model.generate(torch.tensor([ids]), **how)[0, -1])

        return run

    return open_model


CASES = {
    "sdpa": plain("sdpa", logits_to_keep=1),
    "eager": plain("eager", logits_to_keep=1),
    "sdpa, all logits": plain("sdpa"),
    "generate, 64 tokens": greedy(64),
}
