"""Makes the reference checkpoints and values of this folder.

    pip install -r test/reference/requirements.txt
    python test/reference/make.py                 # every family
    python test/reference/make.py gpt2 llama      # some
    python test/reference/make.py --extend gpt2   # keeps checkpoints and values, adds the values of `added_references` and the answers

Every identity that the values must fulfil is checked while they are made; a failed check ends the script.
"""

import copy
import importlib
import json
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.utils import logging

from ablation import ablated_logits, ablation_references
from anatomy import Anatomy, Family, Variant
from checkpoint import load, load_built
from circuits import circuit_references
from circulation import circulation_references, logit_lens
from faithfulness import faithfulness_references
from forward import check_sum, forward_references
from frozen import frozen_references
from generation import save_answers
from hooks import save_hooks
from lens import Lens, lens_references
from linear import LinearMap
from measures import measure_references
from methods import method_references, occlusion, rest_references
from paths import open_paths, path_references
from sources import source_references
from targets import Target, describe, targets_of
from tokenizer import prompts, save_tokenizer
from trace import run
from weights import randomise

FOLDER = Path(__file__).resolve().parent
CHECKPOINTS = FOLDER / "checkpoints"
PROMPT_LENGTHS = (1, 7, 23)


def make_checkpoint(folder: Path, variant: Variant) -> nn.Module:
    """Writes the checkpoint and returns the model as it is read back from there, in float32."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / "config.json").write_text(json.dumps(variant.config, indent=2) + "\n")
    save_tokenizer(folder, 64)
    if variant.build is not None:
        model = variant.build(variant.config)
    else:
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
    randomise(model, variant)
    if variant.build is not None:
        tensors = dict(model.named_parameters())
    else:
        # transformers writes the names and layouts that the hub's files have; the configuration stays ours.
        model.save_pretrained(folder)
        tensors = load_file(folder / "model.safetensors")
        for written in ("config.json", "generation_config.json"):
            (folder / written).unlink(missing_ok=True)
        (folder / "config.json").write_text(json.dumps(variant.config, indent=2) + "\n")
    dtype = getattr(torch, variant.dtype)
    tensors = {variant.rename(name): tensor.detach().to(dtype).contiguous() for name, tensor in tensors.items()}
    tensors |= variant.extra_tensors()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    if variant.build is not None:
        return model.eval()
    loaded = load(folder)
    if variant.dtype == "float32":
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), loaded.parameters(), strict=True))
    return loaded


def make_references(folder: Path, family: Family, name: str, variant: Variant, model: nn.Module) -> dict:
    """Returns how TransformerLens compares."""
    anatomy = family.anatomy
    double = copy.deepcopy(model).double()
    tensors: dict[str, torch.Tensor] = {}
    described = []
    traced = []
    for i, prompt in enumerate(prompts(PROMPT_LENGTHS)):
        ids = prompt["ids"]
        trace = run(model, anatomy, ids)
        if anatomy.stream_norms is None:
            check_sum(trace)
        exact = run(double, anatomy, ids)
        gap = (exact.logits - trace.logits).abs().max().item()
        assert gap < 1e-4, f"float64 and float32 logits differ by {gap}"
        tensors[f"p{i}.input_ids"] = torch.tensor(ids)
        found = forward_references(trace) | {"logit_lens": logit_lens(model, anatomy, ids, trace.residual)}
        if variant.large_vocabulary:
            found = {key: value for key, value in found.items() if not key.startswith("logit")}
        tensors |= {f"p{i}.{key}": value for key, value in found.items()}
        prompt["circulationSource"] = source = len(ids) // 3
        circulation = circulation_references(double, anatomy, ids, source)
        moved = circulation.pop("circulation_logits")
        tensors |= {f"p{i}.{key}": value for key, value in circulation.items()}
        targets = targets_of(ids, trace.logits)
        for j, target in enumerate(targets):
            found = frozen_references(double, anatomy, ids, target, exact.logits.detach())
            found |= method_references(double, anatomy, ids, target, exact)
            adjoint = (target.value(moved) - found["frozen_tokens"][source]).abs().item()
            assert adjoint < 1e-8, f"what arrives from the source and its share of the target differ by {adjoint}"
            tensors |= {f"p{i}.t{j}.{key}": value for key, value in found.items()}
        shown = trace.logits.detach(), trace.capped_logits.detach()
        prompt["targets"] = [
            describe(target, *shown) | rest_references(double, anatomy, ids, target, exact.logits.detach())
            for target in targets
        ]
        described.append(prompt)
        traced.append((ids, trace.capped_logits.detach(), targets))
    lens_note = {"agrees": False, "reason": variant.without_lens}
    if variant.without_lens is None:
        found, lens_note = lens_references(Lens(folder), traced, tensors)
        tensors |= found
    save_references(folder, tensors | added_references(double, anatomy, described, variant))
    save_hooks(folder, model, anatomy, described[-1]["ids"])
    save_answers(folder, variant, [prompt["ids"] for prompt in described])
    reference = {
        "family": family.name,
        "variant": name,
        "notes": variant.notes,
        "transformerLens": lens_note,
        "prompts": described,
    }
    (folder / "reference.json").write_text(json.dumps(reference, indent=2) + "\n")
    return lens_note


def added_references(
    double: nn.Module, anatomy: Anatomy, described: list[dict], variant: Variant
) -> dict[str, torch.Tensor]:
    """Values that need the prompts and targets of reference.json and the model in float64 only."""
    tensors: dict[str, torch.Tensor] = {}
    heads = 0
    for i, prompt in enumerate(described):
        ids = prompt["ids"]
        exact = run(double, anatomy, ids)
        logits = exact.logits.detach()
        heads = exact.patterns[0].shape[0]
        x, source = exact.residual[0][0].detach(), prompt["circulationSource"]
        linear = LinearMap(double, anatomy, ids)
        opened = open_paths(linear, x)
        opened_from = open_paths(linear, torch.zeros_like(x).index_copy(0, torch.tensor([source]), x[[source]]))
        ablated = ablated_logits(double, anatomy, ids, heads)
        for j, told in enumerate(prompt["targets"]):
            target = Target(told["position"], told["token"], told["against"])
            frozen = frozen_references(double, anatomy, ids, target, logits)
            scores = frozen["frozen_tokens"]
            found = measure_references(double, anatomy, ids, target, exact)
            paths = path_references(opened, target, scores.sum())
            paths_from = path_references(opened_from, target, scores[source])
            found |= {f"paths_{key}": value for key, value in paths.items()}
            found |= {f"paths_from_{key}": value for key, value in paths_from.items()}
            found |= source_references(double, anatomy, ids, target, logits, frozen)
            found |= ablation_references(ablated, target, logits)
            lost = occlusion(double, anatomy, ids, target, exact)
            found |= faithfulness_references(double, anatomy, ids, target, exact, scores, lost)
            tensors |= {f"p{i}.t{j}.{key}": value for key, value in found.items()}
    return tensors if variant.large_vocabulary else tensors | circuit_references(double, anatomy, heads)


def save_references(folder: Path, tensors: dict[str, torch.Tensor]) -> None:
    tensors = {
        key: (value.detach().float() if value.is_floating_point() else value).clone().contiguous()
        for key, value in tensors.items()
    }
    assert all(torch.isfinite(value).all() for value in tensors.values())
    save_file(tensors, folder / "reference.safetensors")


def extend(folder: Path, family: Family, variant: Variant) -> None:
    """Adds the values of `added_references` and the answers, or replaces them; nothing else in the folder changes."""
    model = load_built(folder, variant) if variant.build is not None else load(folder)
    described = json.loads((folder / "reference.json").read_text())["prompts"]
    kept = load_file(folder / "reference.safetensors")
    save_references(folder, kept | added_references(model.double(), family.anatomy, described, variant))
    save_answers(folder, variant, [prompt["ids"] for prompt in described])


def main(names: list[str]) -> None:
    extending = "--extend" in names
    names = [name for name in names if name != "--extend"]
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    known = sorted(path.stem for path in (FOLDER / "families").glob("*.py"))
    modules = [name.replace("-", "_") for name in names] or known
    for unknown in set(modules) - set(known):
        sys.exit(f"no family {unknown}; there are {', '.join(known)}")
    for module in modules:
        family: Family = importlib.import_module(f"families.{module}").FAMILY
        made = []
        for name, variant in family.variants.items():
            folder = CHECKPOINTS / f"{family.name}-{name}"
            if extending:
                extend(folder, family, variant)
                print(f"{folder.name}: extended", flush=True)
                continue
            model = make_checkpoint(folder, variant)
            lens_note = make_references(folder, family, name, variant, model)
            size = sum(path.stat().st_size for path in folder.iterdir())
            print(f"{folder.name}: {size / 1000:.0f} kB, TransformerLens {lens_note}", flush=True)
            if variant.build is None:
                made.append(folder.name)
        for package in ("captum", "attnLRP", "cp_LRP") if made else ():
            subprocess.run([sys.executable, FOLDER / "cross_check.py", package, *made], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
