"""Rule sets of a reverse pass, laid over the unchanged modules of transformers.

A rule set watches the torch functions that a model calls (`TorchFunctionMode`) and replaces a few by ones with the same
value and another gradient: the softmax of the attention, the norms' scales, the two products of the attention. The
activations are modules of the model; hooks replace their outputs. Callers check that no logit changed.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from anatomy import Anatomy


class DoublePrecision(TorchFunctionMode):
    """Lets a model run in float64 throughout: casts of float64 tensors to float32 inside its code do nothing."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        double = bool(args) and isinstance(args[0], Tensor) and args[0].dtype == torch.float64
        if double and func is Tensor.float:
            return args[0]
        if double and func in (Tensor.to, Tensor.type):
            if torch.float32 in args[1:] or kwargs.get("dtype") == torch.float32:
                return args[0]
        if double and func is functional.softmax:
            kwargs.pop("dtype", None)
        return func(*args, **kwargs)


class Rules(TorchFunctionMode):
    """FROZEN, GRADIENT and ATTN_LRP differ in these three switches, and in what `gates` does."""

    def __init__(self, *, frozen_norms: bool, frozen_patterns: bool, halved_products: bool):
        super().__init__()
        self.frozen_norms = frozen_norms
        self.frozen_patterns = frozen_patterns
        self.halved_products = halved_products
        self.seen: Counter[str] = Counter()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is functional.softmax:
            self.seen["softmax"] += 1
            pattern = func(*args, **kwargs)
            return pattern.detach() if self.frozen_patterns else pattern
        if self.frozen_norms:
            if func is functional.layer_norm:
                self.seen["norm"] += 1
                return _layer_norm_with_held_scale(*args, **kwargs)
            if func in (torch.rsqrt, Tensor.rsqrt):  # only RMSNorm modules call it
                self.seen["norm"] += 1
                return func(*args, **kwargs).detach()
        if self.halved_products and func in (torch.matmul, torch.baddbmm, torch.bmm):
            factors = args[-2:]
            if all(factor.requires_grad and not isinstance(factor, nn.Parameter) for factor in factors):
                self.seen["product"] += 1
                return halved(func(*args, **kwargs))
        return func(*args, **kwargs)


def frozen() -> Rules:
    return Rules(frozen_norms=True, frozen_patterns=True, halved_products=False)


def gradient() -> Rules:
    return Rules(frozen_norms=False, frozen_patterns=False, halved_products=False)


def attn_lrp() -> Rules:
    return Rules(frozen_norms=True, frozen_patterns=False, halved_products=True)


def halved(value: Tensor) -> Tensor:
    """The same value; half the gradient goes back."""
    return 0.5 * value + 0.5 * value.detach()


def gate_of(u: Tensor, activated: Tensor) -> Tensor:
    """kappa = phi(u) / u, without gradient."""
    return torch.where(u == 0, torch.zeros_like(u), activated / u).detach()


@contextmanager
def gates(model: nn.Module, anatomy: Anatomy, rules: Rules) -> Iterator[None]:
    """Holds the activations as `rules` wants it; for true derivatives does nothing."""
    handles = []
    if rules.frozen_norms and anatomy.activation is not None:
        for block in model.get_submodule(anatomy.blocks):
            activation = block.get_submodule(anatomy.activation)
            if anatomy.gated and rules.frozen_patterns:
                hook = lambda _, inputs, output: output.detach()
            else:
                hook = lambda _, inputs, output: inputs[0] * gate_of(inputs[0], output)
            handles.append(activation.register_forward_hook(hook))
            if anatomy.gated and rules.halved_products:
                projection = block.get_submodule(anatomy.mlp_projection)
                handles.append(projection.register_forward_pre_hook(lambda _, inputs: (halved(inputs[0]),)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _layer_norm_with_held_scale(x: Tensor, shape, weight=None, bias=None, eps: float = 1e-5) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    y = centred * torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + eps).detach()
    y = y if weight is None else y * weight
    return y if bias is None else y + bias
