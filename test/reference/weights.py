"""Random weights with which a mistake shows: sharp attention, gates and norms far from trivial, no bias zero."""

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from anatomy import Variant


def randomise(model: nn.Module, variant: Variant) -> None:
    """Sets every parameter of `model`, in a fixed order, from the variant's seed."""
    generator = torch.Generator().manual_seed(variant.seed)
    owner = {
        f"{path}.{name}": module
        for path, module in model.named_modules()
        for name in dict(module.named_parameters(recurse=False))
    }
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(_value(name, owner[name], noise, variant))


def norm_weight(norm: nn.Module) -> torch.Tensor | float:
    """What a norm multiplies by."""
    return 1.0 if norm.weight is None else norm.weight.detach() + _weight_offset(norm)


def _weight_offset(norm: nn.Module) -> int:
    """Gemma's norms multiply by 1 + weight."""
    return 1 if type(norm).__name__.startswith("Gemma") else 0


def _value(name: str, module: nn.Module, noise: torch.Tensor, variant: Variant) -> torch.Tensor:
    if name.endswith("bias"):
        return 0.2 * noise
    if noise.ndim == 1:
        return 0.3 * noise + (1 - _weight_offset(module))
    if isinstance(module, nn.Embedding) or "lm_head" in name or "embed_out" in name:
        return variant.embedding_deviation * noise + variant.embedding_mean
    inputs = noise.shape[0] if isinstance(module, Conv1D) else noise.shape[1]
    if any(part in name for part in ("q_proj", "k_proj", "qkv", "query_key_value", "c_attn")):
        return variant.query_key_gain * inputs**-0.5 * noise
    return variant.gain * inputs**-0.5 * noise
