"""Holds the values of this folder against two packages: captum (gradient methods), LXT (ATTN_LRP; CP-LRP is FROZEN).

    python test/reference/cross_check.py captum gpt2-plain
    python test/reference/cross_check.py attnLRP llama-grouped
    python test/reference/cross_check.py cp_LRP llama-grouped

LXT rewrites transformers' classes for good, so `make.py` runs this in a process of its own.
"""

import importlib
import json
import sys
import warnings
from pathlib import Path
from unittest.mock import MagicMock

import torch
from captum.attr import InputXGradient, IntegratedGradients
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers.utils import logging

from anatomy import Anatomy
from checkpoint import load
from measures import Measure, softcap_of
from methods import STEPS
from targets import Target
from trace import run

# LXT 2.1's rules for these two need torchvision and functions that transformers 5 has no longer.
for unused in ("bert", "vit_torch"):
    sys.modules[f"lxt.efficient.models.{unused}"] = MagicMock()
with warnings.catch_warnings(action="ignore"):
    from lxt.efficient import models as patched_families  # noqa: E402
    from lxt.efficient import monkey_patch  # noqa: E402

CHECKPOINTS = Path(__file__).resolve().parent / "checkpoints"
TOLERANCE = 1e-4


def read(name: str) -> tuple[nn.Module, Anatomy, dict, dict[str, Tensor]]:
    folder = CHECKPOINTS / name
    described = json.loads((folder / "reference.json").read_text())
    family = importlib.import_module(f"families.{described['family'].replace('-', '_')}").FAMILY
    return load(folder), family.anatomy, described, load_file(folder / "reference.safetensors")


def by_captum(
    model: nn.Module, anatomy: Anatomy, ids: list[int], target: Target | Measure, x: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradient × input, and integrated gradients, [T] each."""

    def forward(embeddings: Tensor) -> Tensor:
        return torch.stack([target.value(run_from(one).logits) for one in embeddings])

    def run_from(embedding: Tensor):
        return run(model, anatomy, ids, embedding=embedding, detached=False)

    whole = x[None].clone().requires_grad_()
    integrated = IntegratedGradients(forward).attribute(whole, baselines=0, n_steps=STEPS, method="riemann_middle")
    return InputXGradient(forward).attribute(whole)[0].sum(-1), integrated[0].sum(-1)


def by_lxt(model: nn.Module, anatomy: Anatomy, ids: list[int], target: Target | Measure) -> Tensor:
    trace = run(model, anatomy, ids)
    start = trace.residual[0]
    return (torch.autograd.grad(target.value(trace.logits), start)[0] * start.detach())[0].sum(-1)


def patch(model: nn.Module, rule_set: str) -> bool:
    """Lays LXT's rules over the model's classes; False where it has none for them."""
    module = sys.modules[type(model).__module__]
    family = getattr(patched_families, module.__name__.rsplit("_", 1)[-1], None)
    rules = getattr(family, rule_set, None)
    if rules is None:
        return False
    # LXT replaces the registry of attention functions by a plain dict, which transformers 5 cannot use.
    registry = module.ALL_ATTENTION_FUNCTIONS
    monkey_patch(module, rules)
    module.ALL_ATTENTION_FUNCTIONS = registry
    return True


KEYS_OF = {
    "captum": [
        ("gradient_tokens", "integrated_gradients_tokens"),
        ("gradient_log_probability_tokens", None),
        ("gradient_probability_tokens", "integrated_gradients_probability_tokens"),
    ],
    "attnLRP": [("attn_lrp_tokens",), ("attn_lrp_log_probability_tokens",), ()],
    "cp_LRP": [("frozen_tokens",), ("log_probability_tokens",), ("probability_tokens",)],
}


def check(package: str, name: str) -> None:
    """package: `captum`, or the name of LXT's rule set."""
    model, anatomy, described, stored = read(name)
    if package != "captum" and not patch(model, package):
        print(f"{name}: LXT has no {package} for it")
        return
    worst: dict[str, float] = {}
    for i, prompt in enumerate(described["prompts"]):
        for j, told in enumerate(prompt["targets"]):
            target = Target(told["position"], told["token"], told["against"])
            measures = [Measure(target, logarithm, softcap_of(model)) for logarithm in (True, False)]
            for keys, what in zip(KEYS_OF[package], [target, *measures], strict=True):
                if package == "captum":
                    found = by_captum(model, anatomy, prompt["ids"], what, stored[f"p{i}.residual"][0])
                else:
                    found = [by_lxt(model, anatomy, prompt["ids"], what) for _ in keys]
                whole = abs(what.value(run(model, anatomy, prompt["ids"]).logits).item())
                for key, value in zip(keys, found, strict=True):
                    if key is None:
                        continue
                    own = stored[f"p{i}.t{j}.{key}"]
                    scale = max(own.abs().max().item(), whole)
                    worst[key] = max(worst.get(key, 0), (value - own).abs().max().item() / scale)
    for key, gap in worst.items():
        print(f"{name}: {package} {key} within {gap:.1e} of the largest", flush=True)
        assert gap < TOLERANCE


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    for checkpoint in sys.argv[2:]:
        check(sys.argv[1], checkpoint)
