"""Measures the sample model: what its model card states.

    python models/sample/measure.py [--folder models/sample]

The checkpoint is loaded back in float32, so the figures are those of the rounded weights on disk. Prompts are the ones
of test/sample/held-out.json; the held-out stories are drawn here.
"""

import argparse
import json
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoTokenizer, GPT2LMHeadModel, PreTrainedTokenizerBase

from frozen import token_scores
from text import draw
from train import FOLDER, HELD_OUT

STORIES, STORY_SEED, ORDER_SEED = 200, 5, 6

SHOWN_PROMPTS = [
    "When Mary and John went to the store, John gave a drink to",
    "When Mary and John went to the store, Mary gave a drink to",
    "river cat stone dog tree river cat",
    " river cat stone dog tree river cat",
    "The capital of France is",
    "The keys to the cabinet",
    "The key to the cabinets",
]


@dataclass
class Figures:
    """Figures of one kind of prompt, each a mean over its prompts except the gap, the largest."""

    right: float
    margin: float
    contrast_rank: float
    logit_rank: float
    random_rank: float
    gap: float


def evidence_tokens(tokenizer: PreTrainedTokenizerBase, case: dict) -> set[int]:
    """Positions of the tokens that touch the evidence."""
    offsets = tokenizer(case["prompt"], return_offsets_mapping=True)["offset_mapping"]
    return {
        position
        for position, (start, end) in enumerate(offsets)
        for first, last in case["evidence"]
        if start < last and end > first
    }


def reciprocal_rank(scores: list[float], evidence: set[int]) -> float:
    """One over the place of the best evidence token, tokens taken in descending order of score."""
    order = sorted(range(len(scores)), key=lambda position: -scores[position])
    return 1 / (1 + min(order.index(position) for position in evidence))


def token_id(tokenizer: PreTrainedTokenizerBase, text: str) -> int:
    """The one token of a text."""
    (token,) = tokenizer(text)["input_ids"]
    return token


def measure_kind(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase, cases: list[dict]) -> Figures:
    """The figures of one kind; where a case has no token to stand against, the contrast is the logit itself."""
    rng = random.Random(ORDER_SEED)
    rows: list[Figures] = []
    for case in cases:
        ids = tokenizer(case["prompt"])["input_ids"]
        answer = token_id(tokenizer, case["answer"])
        against = None if case["against"] is None else token_id(tokenizer, case["against"])
        evidence = evidence_tokens(tokenizer, case)
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1]
        others = logits.index_fill(0, torch.tensor(answer), -torch.inf)
        contrast = token_scores(model, ids, answer, against)
        rows.append(
            Figures(
                right=float(logits[answer] > others.max()),
                margin=(logits[answer] - others.max()).item(),
                contrast_rank=reciprocal_rank(contrast.scores, evidence),
                logit_rank=reciprocal_rank(token_scores(model, ids, answer, None).scores, evidence),
                random_rank=reciprocal_rank([rng.random() for _ in ids], evidence),
                gap=abs(contrast.gap),
            )
        )
        if not rows[-1].right:
            given = tokenizer.decode([int(logits.argmax())])
            print(f"  wrong: {case['prompt']!r} gives {given!r}, not {case['answer']!r}")
    means = {name: sum(getattr(row, name) for row in rows) / len(rows) for name in vars(rows[0])}
    return Figures(**{**means, "gap": max(row.gap for row in rows)})


def measure_stories(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase) -> tuple[float, float]:
    """Mean next-token loss and top-1 accuracy on held-out stories."""
    rng = random.Random(STORY_SEED)
    losses, hits = [], []
    for _ in range(STORIES):
        ids = torch.tensor(tokenizer(draw("story", rng, held_out=True).text)["input_ids"])
        with torch.no_grad():
            logits = model(ids[None]).logits[0, :-1]
        losses.append(torch.nn.functional.cross_entropy(logits, ids[1:], reduction="none"))
        hits.append((logits.argmax(-1) == ids[1:]).float())
    return torch.cat(losses).mean().item(), torch.cat(hits).mean().item()


def print_shown(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """What the model says next to the prompts of the documentation."""
    for prompt in SHOWN_PROMPTS:
        with torch.no_grad():
            logits = model(torch.tensor([tokenizer(prompt)["input_ids"]])).logits[0, -1]
        top = logits.softmax(-1).topk(3)
        words = ", ".join(f"{tokenizer.decode([int(i)])!r} {p:.3f}" for p, i in zip(top.values, top.indices))
        print(f"  {prompt!r}: {words}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the sample model.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
    for kind, cases in json.loads(HELD_OUT.read_text()).items():
        figures = measure_kind(model, tokenizer, cases)
        print(
            f"{kind}: top choice {figures.right:.1%} of {len(cases)}, margin {figures.margin:.2f}, "
            f"reciprocal rank {figures.contrast_rank:.3f} (logit alone {figures.logit_rank:.3f}, "
            f"random order {figures.random_rank:.3f}), largest gap {figures.gap:.1e}"
        )
    loss, accuracy = measure_stories(model, tokenizer)
    print(f"stories: next-token loss {loss:.3f}, accuracy {accuracy:.1%} on {STORIES} held-out stories")
    print_shown(model, tokenizer)


if __name__ == "__main__":
    main()
