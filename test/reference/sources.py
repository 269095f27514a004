"""Where what a head moves comes from: its share of the value, by the position it reads."""

import torch
from torch import Tensor, nn

from anatomy import Anatomy
from frozen import backward, share
from rules import Rules
from targets import Target
from trace import Trace


class ValuesKept(Rules):
    """The frozen rules; keeps what each pattern is multiplied with, v of every query head."""

    def __init__(self):
        super().__init__(frozen_norms=True, frozen_patterns=True, halved_products=False)
        self.values: list[Tensor] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        # The first product after a softmax is that of its pattern.
        if func in (torch.matmul, torch.bmm) and len(self.values) < self.seen["softmax"]:
            self.values.append(args[-1].detach())
        return super().__torch_function__(func, types, args, kwargs)


def source_references(
    double: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, logits: Tensor, known: dict[str, Tensor]
) -> dict[str, Tensor]:
    """logits: before a softcap; known: the target's `frozen_…` and `direct_…` values."""
    total = _sources(double, anatomy, ids, target, logits, stop_at_blocks=False)
    direct = _sources(double, anatomy, ids, target, logits, stop_at_blocks=True)
    elsewhere = [position for position in range(len(ids)) if position != target.position]
    assert not direct[0][:, :, elsewhere].any(), "another position writes straight to the target"
    found = {
        "frozen_sources": total[0],
        "frozen_stream": torch.stack([share(x) for x in total[1].residual]),
        "direct_sources": direct[0][:, :, target.position],
    }
    for key, value in {
        "frozen_heads": found["frozen_sources"].sum((2, 3)),
        "frozen_residual": found["frozen_stream"].sum(-1),
        "direct_heads": found["direct_sources"].sum(-1),
    }.items():
        gap = (value - known[key]).abs().max().item()
        assert gap < 1e-8 * max(1, known[key].abs().max().item()), f"what makes up {key} misses it by {gap}"
    return found


def _sources(model, anatomy, ids, target: Target, logits: Tensor, *, stop_at_blocks: bool) -> tuple[Tensor, Trace]:
    """[L, H, T, T]: to, from."""
    held = ValuesKept()
    trace = backward(model, anatomy, ids, target, logits, stop_at_blocks=stop_at_blocks, held=held)
    length, heads = len(ids), trace.patterns[0].shape[0]
    found = []
    for pattern, z, v in zip(trace.patterns, trace.z, held.values, strict=True):
        by_head = lambda tensor: tensor.reshape(length, heads, -1).transpose(0, 1)
        v = v.reshape(heads, length, -1)
        gap = (pattern @ v - by_head(z)).abs().max().item()
        assert gap < 1e-10, f"a pattern times its values misses z by {gap}"
        found.append((pattern * (by_head(z.grad) @ v.transpose(1, 2))).detach())
    return torch.stack(found), trace
