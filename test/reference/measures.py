"""A target's probability and its logarithm, as functions of the logits before a softcap."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from anatomy import Anatomy
from frozen import backward, bias_share, close, share
from methods import attn_lrp, gradient, integrated_gradients, occlusion
from targets import Target
from trace import Trace


@dataclass(frozen=True)
class Measure:
    """log p(token) or p(token), less that of `against`; stands where a Target does."""

    target: Target
    logarithm: bool
    softcap: float | None

    @property
    def position(self) -> int:
        return self.target.position

    def value(self, logits: Tensor) -> Tensor:
        """logits [T, V], before a softcap."""
        measured = torch.log_softmax(softcapped(logits, self.softcap)[self.position], -1)
        measured = measured if self.logarithm else measured.exp()
        value = measured[self.target.token]
        return value if self.target.against is None else value - measured[self.target.against]


@dataclass(frozen=True)
class Direction:
    """<weights, logits> at one position; stands where a Target does."""

    position: int
    weights: Tensor

    def value(self, logits: Tensor) -> Tensor:
        return logits[self.position] @ self.weights


def softcap_of(model: nn.Module) -> float | None:
    return getattr(model.config, "final_logit_softcapping", None)


def softcapped(logits: Tensor, softcap: float | None) -> Tensor:
    return logits if softcap is None else softcap * torch.tanh(logits / softcap)


def measure_references(
    double: nn.Module, anatomy: Anatomy, ids: list[int], target: Target, exact: Trace
) -> dict[str, Tensor]:
    """`double` is the model in float64, `exact` its plain run."""
    softcap = softcap_of(double)
    gap = (softcapped(exact.logits, softcap) - exact.capped_logits).abs().max().item()
    assert gap < 1e-12, f"the final softcap differs from the model's by {gap}"
    x = exact.residual[0][0].detach()
    log_probability = Measure(target, True, softcap)
    probability = Measure(target, False, softcap)
    found = {}
    for name, measure in {"log_probability": log_probability, "probability": probability}.items():
        frozen = frozen_direction(double, anatomy, ids, measure, exact.logits.detach())
        found |= {f"{name}_{key}": value for key, value in frozen.items()}
        found[f"gradient_{name}_tokens"] = (gradient(double, anatomy, ids, measure, x) * x).sum(-1)
    found["attn_lrp_log_probability_tokens"] = attn_lrp(double, anatomy, ids, log_probability, exact)
    found["integrated_gradients_probability_tokens"] = integrated_gradients(double, anatomy, ids, probability, x)
    found["occlusion_log_probability_tokens"] = occlusion(double, anatomy, ids, log_probability, exact)
    return found


def frozen_direction(
    double: nn.Module, anatomy: Anatomy, ids: list[int], measure: Measure, logits: Tensor
) -> dict[str, Tensor]:
    """The frozen map read in the direction of the measure's gradient at `logits`, which are before a softcap."""
    at = logits.clone().requires_grad_()
    value = measure.value(at)
    weights = torch.autograd.grad(value, at)[0][measure.position]
    direction = Direction(measure.position, weights)
    trace = backward(double, anatomy, ids, direction, logits, stop_at_blocks=False)
    found = {
        "value": value.detach(),
        "intercept": value.detach() - direction.value(logits),
        "tokens": share(trace.residual[0]),
        "bias": bias_share(double),
    }
    close(found["tokens"].sum() + found["bias"] + found["intercept"], found["value"], found["value"], "measure")
    return found
