"""Circulation of one source position: where its embedding goes through the frozen map, as derivatives along it."""

import torch
from torch import Tensor, nn

import rules
from anatomy import Anatomy
from trace import Trace, run


def circulation_references(double: nn.Module, anatomy: Anatomy, ids: list[int], source: int) -> dict[str, Tensor]:
    """`double` is the model in float64."""
    trace = run(double, anatomy, ids, rules.frozen())
    start = trace.residual[0]
    along = torch.zeros_like(start)
    along[:, source] = start.detach()[:, source]
    later = trace.residual[1:]
    parts = derivative([*later, *trace.attention, *trace.mlp, *trace.z, trace.logits], start, along)
    take = lambda wanted: [parts.pop(0) for _ in wanted]
    residual, attention, mlp, z = take(later), take(trace.attention), take(trace.mlp), take(trace.z)
    flat = lambda values: torch.stack([value.reshape(len(ids), -1) for value in values])
    found = {
        "circulation": flat([along, *residual]),
        "circulation_attention": flat(attention).norm(dim=-1),
        "circulation_heads": torch.stack([_heads(trace, layer, along) for layer, along in enumerate(z)]),
        "circulation_logits": parts[0],
    }
    if mlp:
        found["circulation_mlp"] = flat(mlp).norm(dim=-1)
    return found


def derivative(outputs: list[Tensor], at: Tensor, along: Tensor) -> list[Tensor]:
    """Directional derivatives of `outputs`: the transpose of the transpose."""
    weights = [torch.zeros_like(output, requires_grad=True) for output in outputs]
    backward = torch.autograd.grad(outputs, at, weights, create_graph=True)
    return list(torch.autograd.grad(backward, weights, along, retain_graph=True))


def _heads(trace: Trace, layer: int, along: Tensor) -> Tensor:
    """Norm of each head's part of what the block's attention writes. [H, T]"""
    heads = trace.patterns[layer].shape[0]
    norms = []
    for head in range(heads):
        only = torch.zeros_like(along).reshape(*along.shape[:-1], heads, -1)
        only[..., head, :] = along.reshape(only.shape)[..., head, :]
        (part,) = derivative([trace.attention[layer]], trace.z[layer], only.reshape(along.shape))
        norms.append(part.reshape(-1, part.shape[-1]).norm(dim=-1))
    return torch.stack(norms)


def logit_lens(model: nn.Module, anatomy: Anatomy, ids: list[int], residual: list[Tensor]) -> Tensor:
    """Logits, before a softcap, of every x^(l+1) at the last position, through the model's own end. [L, V]"""
    last_block = model.get_submodule(anatomy.blocks)[-1]
    found = []
    for x in residual[1:]:
        replace = lambda _, args, output: (x, *output[1:]) if isinstance(output, tuple) else x
        handle = last_block.register_forward_hook(replace)
        found.append(run(model, anatomy, ids).logits[-1])
        handle.remove()
    return torch.stack(found)
