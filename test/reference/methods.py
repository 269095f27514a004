"""The attribution methods beside the frozen map: by autograd in float64, by running again, or from patterns alone."""

import torch
from torch import Tensor, nn

import rules
from anatomy import Anatomy
from frozen import backward, bias_share
from targets import Target
from trace import Trace, run

STEPS = 32


def method_references(
    double: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, exact: Trace
) -> dict[str, Tensor]:
    """Every `…_tokens` is [T]. `exact` is the plain run of `double`, the model in float64."""
    x = exact.residual[0][0].detach()
    return {
        "gradient_tokens": (gradient(double, anatomy, ids, target, x) * x).sum(-1),
        "integrated_gradients_tokens": integrated_gradients(double, anatomy, ids, target, x),
        "attn_lrp_tokens": attn_lrp(double, anatomy, ids, target, exact),
        "occlusion_tokens": occlusion(double, anatomy, ids, target, exact),
        "rollout": rollout(exact.patterns)[target.position],
    }


def rest_references(
    double: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, logits: Tensor
) -> dict[str, float]:
    """What the methods leave to no token: Σ <gradient, bias> over every bias by their rules, and the value at x^0 = 0."""
    found = {}
    for name, held in {"gradientBias": rules.gradient(), "attnLrpBias": rules.attn_lrp()}.items():
        backward(double, anatomy, ids, target, logits, stop_at_blocks=False, held=held)
        found[name] = bias_share(double).item()
    start = run(double, anatomy, ids).residual[0][0]
    with torch.no_grad():
        found["valueAtZero"] = target.value(run(double, anatomy, ids, embedding=torch.zeros_like(start)).logits).item()
    return found


def gradient(model: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, x: Tensor) -> Tensor:
    """True gradient of the target with respect to x^0, at x. [T, d]"""
    trace = run(model, anatomy, ids, embedding=x)
    return torch.autograd.grad(target.value(trace.logits), trace.residual[0])[0][0]


def integrated_gradients(model: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, x: Tensor) -> Tensor:
    """From the zero embedding, which has no position either, to x: midpoint rule."""
    middles = [(step + 0.5) / STEPS for step in range(STEPS)]
    mean = sum(gradient(model, anatomy, ids, target, middle * x) for middle in middles) / STEPS
    return (mean * x).sum(-1)


def attn_lrp(model: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, exact: Trace) -> Tensor:
    """Norm scales and gates held; half the gradient through each factor of A·V, of Q·K^T and of a gated product. A
    softcap on the attention scores keeps its true derivative, as the softmax does."""
    held = rules.attn_lrp()
    trace = run(model, anatomy, ids, held)
    gap = (trace.logits - exact.logits).abs().max().item()
    assert gap < 1e-9, f"the rules of ATTN_LRP changed the logits by {gap}"
    depth = anatomy.depth(model)
    assert held.seen["softmax"] == depth and held.seen["product"] == 2 * depth, held.seen
    start = trace.residual[0]
    relevance = torch.autograd.grad(target.value(trace.logits), start)[0]
    return (relevance * start.detach())[0].sum(-1)


def occlusion(model: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, exact: Trace) -> Tensor:
    """What the target loses when a token's embedding is set to zero; its position stays."""
    x = exact.residual[0][0].detach()
    whole = target.value(exact.logits).detach()
    losses = []
    for position in range(len(ids)):
        without = x.clone()
        without[position] = exact.positions[position]
        with torch.no_grad():
            losses.append(whole - target.value(run(model, anatomy, ids, embedding=without).logits))
    return torch.stack(losses)


def rollout(patterns: list[Tensor]) -> Tensor:
    """Product over layers of half the mean pattern and half the identity, the last layer first. [T, T]"""
    rolled = torch.eye(patterns[0].shape[-1], dtype=patterns[0].dtype)
    for pattern in patterns:
        rolled = (0.5 * pattern.detach().mean(0) + 0.5 * torch.eye(len(rolled), dtype=pattern.dtype)) @ rolled
    return rolled
