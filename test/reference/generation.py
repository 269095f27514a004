"""What transformers' own `generate` says after each prompt: the likeliest token each time, in float32.

    python test/reference/generation.py                # every family; `make.py` does the same for what it makes
    python test/reference/generation.py gpt2 llama     # some

It needs torch and transformers alone; see `generation.json` in README.md.
"""

import importlib
import json
import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import GenerationConfig
from transformers.utils import logging

from anatomy import Family, Variant
from checkpoint import load, load_built

LENGTH = 40
# Of the largest logit: choices closer than this are rounding's.
NEAR_TIE = 1e-4
AGREEMENT = 1e-4


def rotates_by_length(config: dict) -> bool:
    """A cache keeps keys as they were rotated when the sequence was shorter: another model than one pass over all of it."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return rope.get("rope_type", rope.get("type")) in ("dynamic", "longrope")


def generated(model: nn.Module, ids: list[int], use_cache: bool) -> Tensor:
    """Logits of each choice. [LENGTH, V]"""
    # Nothing ends the answer early.
    model.generation_config = GenerationConfig()
    answer = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.int64),
        do_sample=False,
        max_new_tokens=LENGTH,
        use_cache=use_cache,
        return_dict_in_generate=True,
        output_logits=True,
    )
    logits = torch.cat(answer.logits)
    assert torch.equal(answer.sequences[0, len(ids) :], logits.argmax(-1))
    return logits


def chosen_by_passes(model: nn.Module, ids: list[int]) -> Tensor:
    """The same by a pass over everything for each choice."""
    chosen: list[Tensor] = []
    for _ in range(LENGTH):
        tokens = [*ids, *(int(logits.argmax()) for logits in chosen)]
        chosen.append(model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1])
    return torch.stack(chosen)


@torch.no_grad()
def answer_reference(folder: Path, variant: Variant, ids: list[int]) -> dict:
    # Read anew for each prompt: a base that has grown with a longer one stays as it is.
    if variant.build is not None:
        logits = chosen_by_passes(load_built(folder, variant), ids)
    else:
        model = load(folder)
        logits = generated(model, ids, use_cache=not rotates_by_length(variant.config))
        whole = model(input_ids=torch.tensor([[*ids, *logits.argmax(-1)[:-1]]]), use_cache=False).logits[0, len(ids) - 1 :]
        gap = (whole - logits).abs().max() / logits.abs().max()
        # The pass over everything rotates its beginning as that of a long sequence.
        assert rotates_by_length(variant.config) or gap < AGREEMENT, f"generate and one pass differ by {gap}"
    first, second = logits.topk(2).values.unbind(-1)
    close = ((first - second) < NEAR_TIE * logits.abs().amax(-1)).nonzero().flatten().tolist()
    end = close[0] if close else LENGTH
    log_p = logits.double().log_softmax(-1)[:end]
    return {
        "ids": logits.argmax(-1)[:end].tolist(),
        "nearTie": bool(close),
        "logProbabilities": rounded(log_p.amax(-1)),
        "entropies": rounded(-(log_p.exp() * log_p).sum(-1)),
    }


def rounded(values: Tensor) -> list[float]:
    return [float(f"{value:.7g}") for value in values.tolist()]


def save_answers(folder: Path, variant: Variant, prompts: list[list[int]]) -> None:
    answers = [answer_reference(folder, variant, ids) for ids in prompts]
    lines = ",\n".join(json.dumps(answer) for answer in answers)
    (folder / "generation.json").write_text(f"[\n{lines}\n]\n")


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    here = Path(__file__).resolve().parent
    for module in [name.replace("-", "_") for name in names] or sorted(path.stem for path in here.glob("families/*.py")):
        family: Family = importlib.import_module(f"families.{module}").FAMILY
        for name, variant in family.variants.items():
            folder = here / "checkpoints" / f"{family.name}-{name}"
            described = json.loads((folder / "reference.json").read_text())["prompts"]
            save_answers(folder, variant, [prompt["ids"] for prompt in described])
            answers = json.loads((folder / "generation.json").read_text())
            print(f"{folder.name}: {[len(answer['ids']) for answer in answers]} tokens", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
