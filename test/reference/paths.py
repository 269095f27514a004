"""Paths through the frozen map by their number of components, as derivatives along the components' scales.

With every component's output scaled by a factor of its own the value is a polynomial of these factors, of degree one in
each. Its coefficients are the paths': that of eps_a eps_b is what goes through a, then b, and the residual connections.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from linear import LinearMap
from targets import Target


@dataclass(frozen=True)
class Opened:
    """The logits of one embedding at scales of zero, as a function of the scales; and at a few uniform scales."""

    scales: Tensor
    logits: Tensor
    nodes: Tensor
    logits_at_nodes: Tensor


def open_paths(linear: LinearMap, embedding: Tensor) -> Opened:
    scales = torch.zeros(linear.depth, linear.heads + 1, dtype=torch.float64, requires_grad=True)
    # No path has more components than two to a block.
    degree = 2 * linear.depth
    nodes = torch.cos(torch.pi * (torch.arange(degree + 1, dtype=torch.float64) + 0.5) / (degree + 1))
    with torch.no_grad():
        at_nodes = [linear.logits(embedding, torch.full_like(scales, node)) for node in nodes.tolist()]
    return Opened(scales, linear.logits(embedding, scales), nodes, torch.stack(at_nodes))


def path_references(opened: Opened, target: Target, whole: Tensor) -> dict[str, Tensor]:
    """whole: all paths together, as found otherwise."""
    value = target.value(opened.logits)
    first = torch.autograd.grad(value, opened.scales, create_graph=True)[0]
    second = torch.zeros(*first.shape, *first.shape, dtype=first.dtype)
    components = [(layer, part) for layer in range(first.shape[0]) for part in range(first.shape[1])]
    for rank, (layer, part) in enumerate(components):
        if not first[layer, part].requires_grad:
            continue
        row = torch.autograd.grad(first[layer, part], opened.scales, retain_graph=True, allow_unused=True)[0]
        for later in components[rank + 1 :] if row is not None else ():
            second[layer, part][later] = row[later]
    found = {"order0": value.detach(), "order1": first.detach(), "order2": second}
    totals = torch.stack([part.sum() for part in found.values()])
    found["longer"] = whole - totals.sum()

    coefficients = uniform_coefficients(opened, target)
    scale = max(1, coefficients.abs().max().item())
    for what, gap in {
        "orders 0 to 2": (coefficients[:3] - totals).abs().max().item(),
        "longer paths": (coefficients[3:].sum() - found["longer"]).abs().item(),
    }.items():
        assert gap < 1e-8 * scale, f"{what} differ from the polynomial's coefficients by {gap}"
    return found


def uniform_coefficients(opened: Opened, target: Target) -> Tensor:
    """Of the value as a polynomial of one scale that all components share, from its values alone. [degree + 1]"""
    values = torch.stack([target.value(logits) for logits in opened.logits_at_nodes])
    return torch.linalg.solve(torch.linalg.vander(opened.nodes), values)
