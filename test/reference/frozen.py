"""Attribution through the frozen map, by autograd over transformers' own modules in float64."""

import torch
from torch import Tensor, nn

import rules
from anatomy import Anatomy
from targets import Target
from trace import Trace, run


def frozen_references(
    double: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, logits: Tensor
) -> dict[str, Tensor]:
    """`double` is the model in float64, `logits` [T, V] its own, before a softcap."""
    total = backward(double, anatomy, ids, target, logits, stop_at_blocks=False)
    bias = bias_share(double)
    direct = backward(double, anatomy, ids, target, logits, stop_at_blocks=True)
    direct_bias = bias_share(double)
    value = target.value(logits)

    tokens = share(total.residual[0])
    found = {
        "frozen_tokens": tokens,
        "frozen_positions": (total.residual[0].grad[0] * total.positions).sum(-1),
        "frozen_bias": value - tokens.sum(),
        "frozen_attention": _totals(total.attention),
        "frozen_heads": _heads(total),
        "frozen_residual": torch.stack([share(y).sum() for y in total.residual]),
        "direct_embedding": share(direct.residual[0]).sum(),
        "direct_attention": _totals(direct.attention),
        "direct_heads": _heads(direct),
    }
    parts = [found["direct_embedding"], *found["direct_attention"]]
    if total.mlp:
        found["frozen_mlp"] = _totals(total.mlp)
        found["direct_mlp"] = _totals(direct.mlp)
        parts += found["direct_mlp"]
    found["direct_bias"] = value - sum(parts)

    # Completeness: the bias share, a difference above, is also the sum of <gradient, bias> over every bias.
    close(found["frozen_bias"], bias, value, "frozen")
    # Directly, a component's output holds its own bias already; left are those of the final norm and the unembedding.
    within_blocks = bias_share(double.get_submodule(anatomy.blocks))
    close(found["direct_bias"], direct_bias - within_blocks, value, "direct")
    return found


def backward(
    model: nn.Module,
    anatomy: Anatomy,
    ids: list[int],
    target: Target,
    logits: Tensor,
    *,
    stop_at_blocks: bool,
    held: rules.Rules | None = None,
) -> Trace:
    """A run under the frozen rules with the target's gradient in it and in the model's parameters."""
    model.zero_grad()
    held = held or rules.frozen()
    trace = run(model, anatomy, ids, held, stop_at_blocks=stop_at_blocks)
    gap = (trace.logits - logits).abs().max().item()
    assert gap < 1e-9, f"holding patterns, scales and gates changed the logits by {gap}"
    assert held.seen["softmax"] == anatomy.depth(model), held.seen
    target.value(trace.logits).backward()
    return trace


def share(value: Tensor) -> Tensor:
    """<gradient, value> of each position. [1, T, n] or [T, n] -> [T]"""
    return (value.grad * value.detach()).reshape(-1, value.shape[-1]).sum(-1)


def _totals(values: list[Tensor]) -> Tensor:
    return torch.stack([share(value).sum() for value in values])


def _heads(trace: Trace) -> Tensor:
    """<gradient, z> of each head, summed over positions. [L, H]"""
    length, heads = trace.logits.shape[0], trace.patterns[0].shape[0]
    return torch.stack([(z.grad * z.detach()).reshape(length, heads, -1).sum((0, 2)) for z in trace.z])


def bias_share(model: nn.Module) -> Tensor:
    """Sum of <gradient, bias> over every bias of the model, or of a part of it."""
    biases = [p for name, p in model.named_parameters() if name.endswith("bias") and p.grad is not None]
    shares = [(bias.grad * bias).sum() for bias in biases]
    return sum(shares, torch.zeros((), dtype=torch.float64)).detach()


def close(left: Tensor, right: Tensor, scale: Tensor, what: str) -> None:
    gap = (left - right).abs().item()
    assert gap < 1e-8 * max(1, scale.abs().item()), f"{what}: {left.item()} and {right.item()} differ"
