"""Which tokens transformers draws from, and with what probabilities: its temperature, top-k and top-p over random logits.

    python test/reference/sampling.py        # writes sampling.jsonl beside itself; needs torch and transformers alone
"""

import json
from itertools import product
from pathlib import Path

import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

VOCABULARY = 40
# Probability by which a set must be clear of one with a token more or less.
MARGIN = 1e-4


def case(seed: int, temperature: float, top_k: int | None, top_p: float) -> dict | None:
    generator = torch.Generator().manual_seed(seed)
    written = [round(logit, 3) for logit in (3 * torch.randn(VOCABULARY, generator=generator)).tolist()]
    logits = torch.tensor([written])
    scores = TemperatureLogitsWarper(temperature)(None, logits.double())
    if top_k is not None:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p < 1:
        behind = scores.softmax(-1).sort(descending=True).values.cumsum(-1)
        if (behind - top_p).abs().min() < MARGIN:
            return None
        scores = TopPLogitsWarper(top_p)(None, scores)
    probabilities = scores.softmax(-1)[0]
    kept = scores[0].isfinite().nonzero().flatten().tolist()
    return {
        "logits": written,
        "temperature": temperature,
        "topK": top_k,
        "topP": top_p,
        "kept": kept,
        "probabilities": [float(f"{probabilities[token]:.9g}") for token in kept],
    }


def main() -> None:
    asked = product((0.01, 0.5, 1.0, 1.7, 100.0), (None, 1, 7), (1e-9, 0.3, 0.9, 0.999, 1.0))
    cases = [case(seed, *options) for seed, options in enumerate(asked)]
    # As many as there are, and more.
    cases += [case(1000 + top_k, 1.0, top_k, 0.9) for top_k in (VOCABULARY, VOCABULARY + 1)]
    lines = [f"{json.dumps(case)}\n" for case in cases if case]
    (Path(__file__).parent / "sampling.jsonl").write_text("".join(lines))
    print(len(lines), "of", len(cases))


if __name__ == "__main__":
    main()
