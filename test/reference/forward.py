"""Reference values of the forward pass, float32."""

import torch
from torch import Tensor

from trace import Trace


def forward_references(trace: Trace) -> dict[str, Tensor]:
    length = trace.logits.shape[0]
    residual = torch.stack([x.reshape(length, -1) for x in trace.residual])
    attention = torch.stack([x.reshape(length, -1) for x in trace.attention])
    found = {
        "logits": trace.capped_logits,
        "residual": residual,
        "attn_out": attention,
        "patterns": torch.stack(trace.patterns),
    }
    written = attention.norm(dim=-1)
    if trace.mlp:
        mlp = torch.stack([x.reshape(length, -1) for x in trace.mlp])
        found["mlp_out"] = mlp
        written = written + mlp.norm(dim=-1)
    if not torch.equal(trace.logits, trace.capped_logits):
        found["logits_before_softcap"] = trace.logits
    movement = (residual[1:] - residual[:-1]).norm(dim=-1)
    found["movement"] = movement
    # Arrakis's figure: its sum over the layers leaves layer 0 out.
    found["direct_moves_numerator"] = written
    found["direct_moves"] = written / movement[1:].sum(0)
    return {name: value.detach().float().contiguous() for name, value in found.items()}


def check_sum(trace: Trace, tolerance: float = 1e-4) -> None:
    """In every block x^l + attention + MLP = x^(l+1)."""
    length = trace.logits.shape[0]
    for layer, attention in enumerate(trace.attention):
        total = trace.residual[layer].reshape(length, -1) + attention.reshape(length, -1)
        if trace.mlp:
            total = total + trace.mlp[layer].reshape(length, -1)
        gap = (total - trace.residual[layer + 1].reshape(length, -1)).abs().max().item()
        assert gap < tolerance, f"block {layer}: parts miss the residual stream by {gap}"
