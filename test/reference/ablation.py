"""What the target loses when a component's output is replaced and the model runs again, nothing held."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from anatomy import Anatomy
from targets import Target
from trace import run

REPLACEMENTS: dict[str, Callable[[Tensor], Tensor]] = {
    "ablation_zero": torch.zeros_like,
    # Over the prompt's positions, of the output that is replaced: nothing before it has changed.
    "ablation_mean": lambda output: output.mean(-2, keepdim=True).expand_as(output),
}


def ablated_logits(double: nn.Module, anatomy: Anatomy, ids: list[int], heads: int) -> dict[str, Tensor]:
    """Logits before a softcap of every run; NaN where a block has no MLP. Each [L, H+1, T, V]"""
    blocks = double.get_submodule(anatomy.blocks)
    found = {}
    for name, replacement in REPLACEMENTS.items():
        layers = []
        for block in blocks:
            logits = [_without_head(double, anatomy, ids, block, head, heads, replacement) for head in range(heads)]
            without_mlp = torch.full_like(logits[0], torch.nan)
            if anatomy.mlp_output is not None:
                without_mlp = _without_mlp(double, anatomy, ids, block, replacement)
            layers.append(torch.stack([*logits, without_mlp]))
        found[name] = torch.stack(layers)
    return found


def ablation_references(ablated: dict[str, Tensor], target: Target, logits: Tensor) -> dict[str, Tensor]:
    """Each [L, H+1]: the value less the ablated run's; zero where a block has no MLP."""
    whole = target.value(logits)
    drops = lambda runs: torch.stack([torch.stack([whole - target.value(run) for run in layer]) for layer in runs])
    return {name: drops(runs).detach().nan_to_num(nan=0.0) for name, runs in ablated.items()}


def _without_head(model, anatomy: Anatomy, ids, block, head: int, heads: int, replacement) -> Tensor:
    """The head's part of W_O's input replaced; b_O stays."""

    def replace(_, args):
        parts = list(args[0].chunk(heads, dim=-1))
        parts[head] = replacement(parts[head])
        return (torch.cat(parts, dim=-1), *args[1:])

    return _logits(model, anatomy, ids, block.get_submodule(anatomy.attention_projection), replace, before=True)


def _without_mlp(model, anatomy: Anatomy, ids, block, replacement) -> Tensor:
    """What the MLP adds to the residual stream replaced, biases included."""
    replace = lambda _, args, output: replacement(output)
    return _logits(model, anatomy, ids, block.get_submodule(anatomy.mlp_output), replace, before=False)


def _logits(model, anatomy, ids, module: nn.Module, replace, *, before: bool) -> Tensor:
    handle = module.register_forward_pre_hook(replace) if before else module.register_forward_hook(replace)
    try:
        with torch.no_grad():
            return run(model, anatomy, ids).logits
    finally:
        handle.remove()
