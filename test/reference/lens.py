"""Direct logit attribution by TransformerLens, on the same weights, nothing folded or centred."""

from pathlib import Path

import torch
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge

from checkpoint import load
from targets import Target
from weights import norm_weight

AGREEMENT = 1e-4


class Lens:
    """TransformerLens over a checkpoint. It runs attention by code of its own, which not every option reaches."""

    def __init__(self, folder: Path):
        self._bridge = TransformerBridge.boot_transformers(str(folder), hf_model=load(folder), device="cpu")
        self._bridge.enable_compatibility_mode(no_processing=True, disable_warnings=True)
        self._bridge.eval()

    def run(self, ids: list[int]) -> "LensRun":
        with torch.no_grad():
            logits, cache = self._bridge.run_with_cache(torch.tensor([ids]))
        return LensRun(self._bridge, logits[0], cache)


class LensRun:
    def __init__(self, bridge: TransformerBridge, logits: Tensor, cache):
        self._bridge = bridge
        self.logits = logits
        self._cache = cache

    def direct(self, target: Target) -> dict[str, Tensor]:
        """TransformerLens leaves the final norm's weight out of `logit_attrs` unless folded: it is multiplied in."""
        with torch.no_grad():
            direction = self._bridge.tokens_to_residual_directions(target.token)
            if target.against is not None:
                direction = direction - self._bridge.tokens_to_residual_directions(target.against)
            direction = direction * norm_weight(self._bridge.ln_final.original_component)
            heads = self._cache.stack_head_results(apply_ln=True)[:, 0, target.position] @ direction
            parts, labels = self._cache.decompose_resid(apply_ln=True, return_labels=True)
            shares = dict(zip(labels, parts[:, 0, target.position] @ direction, strict=True))
        depth = self._bridge.cfg.n_layers
        found = {
            "tl_direct_heads": heads.reshape(depth, -1),
            "tl_direct_attention": torch.stack([shares[f"{layer}_attn_out"] for layer in range(depth)]),
            "tl_direct_embedding": shares["embed"] + shares.get("pos_embed", 0),
        }
        if "0_mlp_out" in shares:
            found["tl_direct_mlp"] = torch.stack([shares[f"{layer}_mlp_out"] for layer in range(depth)])
        return found


def lens_references(
    lens: Lens, prompts: list[tuple[list[int], Tensor, list[Target]]], own: dict[str, Tensor]
) -> tuple[dict[str, Tensor], dict]:
    """All prompts' values, none where TransformerLens computes another model; with a note that says how they compare.

    own: autograd's values, as p{i}.t{j}.direct_…; a kind of value that differs from them is left out, and named.
    """
    found: dict[str, Tensor] = {}
    furthest: dict[str, float] = {}
    for i, (ids, logits, targets) in enumerate(prompts):
        lens_run = lens.run(ids)
        gap = (lens_run.logits - logits).abs().max().item()
        if gap > 1e-3:
            return {}, {"agrees": False, "reason": f"its logits differ from transformers' by {gap:.2g}"}
        for j, target in enumerate(targets):
            for key, value in lens_run.direct(target).items():
                difference = (value - own[f"p{i}.t{j}.{key.removeprefix('tl_')}"]).abs().max().item()
                furthest[key] = max(furthest.get(key, 0), difference)
                found[f"p{i}.t{j}.{key}"] = value
    agreeing = {key for key, difference in furthest.items() if difference < AGREEMENT}
    kept = {name: value for name, value in found.items() if name.split(".")[-1] in agreeing}
    return kept, {"agrees": agreeing == set(furthest), "largestDifference": furthest}
