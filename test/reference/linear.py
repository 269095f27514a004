"""The frozen map as a model of its own, linear in x^0: patterns, norm scales and gates of one run, and no biases."""

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional

from anatomy import Anatomy
from rules import Rules, gate_of
from trace import run
from weights import norm_weight


class HeldNorm(nn.Module):
    """The linear part of a norm, with a given scale. [..., d] -> [..., d]"""

    def __init__(self, norm: nn.Module, scale: Tensor | float):
        super().__init__()
        self._centres = isinstance(norm, nn.LayerNorm)
        self._weight = norm_weight(norm)
        self._scale = scale

    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean(-1, keepdim=True) if self._centres else x
        return x * self._scale * self._weight


class HeldGate(nn.Module):
    """An activation by its gate; where it multiplies another projection, its output as it was."""

    def __init__(self, u: Tensor, activated: Tensor, gated: bool):
        super().__init__()
        self._gated = gated
        self._held = activated if gated else gate_of(u, activated)

    def forward(self, u: Tensor) -> Tensor:
        return self._held if self._gated else u * self._held


class HeldPatterns(Rules):
    """Gives every softmax of the attention the pattern that it had."""

    def __init__(self, patterns: list[Tensor]):
        super().__init__(frozen_norms=False, frozen_patterns=True, halved_products=False)
        self._patterns = patterns

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is functional.softmax:
            self.seen["softmax"] += 1
            return self._patterns[self.seen["softmax"] - 1][None]
        return super().__torch_function__(func, types, args, kwargs)


class LinearMap:
    """`logits` is linear in the embedding, and in every component's scale."""

    def __init__(self, double: nn.Module, anatomy: Anatomy, ids: list[int]):
        """`double` is the model in float64."""
        self._anatomy = anatomy
        self._ids = ids
        names = [name for name, module in double.named_modules() if is_norm(module)]
        if anatomy.activation is not None:
            depth = anatomy.depth(double)
            names += [f"{anatomy.blocks}.{layer}.{anatomy.activation}" for layer in range(depth)]
        seen: dict[str, tuple[Tensor, Tensor]] = {}
        handles = []
        for name in names:
            keep = lambda _, args, output, name=name: seen.update({name: (args[0].detach(), output.detach())})
            handles.append(double.get_submodule(name).register_forward_hook(keep))
        trace = run(double, anatomy, ids)
        for handle in handles:
            handle.remove()
        self._patterns = [pattern.detach() for pattern in trace.patterns]
        self.heads = self._patterns[0].shape[0]
        self.depth = len(self._patterns)
        self._model = copy.deepcopy(double)
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                if name.endswith("bias"):
                    parameter.zero_()
        for name, (u, output) in seen.items():
            norm = double.get_submodule(name)
            held = HeldNorm(norm, norm_scale(norm, u)) if is_norm(norm) else HeldGate(u, output, anatomy.gated)
            self._model.set_submodule(name, held)

    def logits(self, embedding: Tensor, scales: Tensor) -> Tensor:
        """embedding: [T, d]; scales: of what each component writes, [L, H+1], a block's MLP last. [T, V]"""
        handles = []
        for layer, block in enumerate(self._model.get_submodule(self._anatomy.blocks)):
            heads, mlp = scales[layer, : self.heads], scales[layer, self.heads]

            def scale_heads(_, args, heads=heads):
                z = args[0]
                return ((z.reshape(*z.shape[:-1], self.heads, -1) * heads[:, None]).reshape(z.shape), *args[1:])

            projection = block.get_submodule(self._anatomy.attention_projection)
            handles.append(projection.register_forward_pre_hook(scale_heads))
            if self._anatomy.mlp_output is not None:
                output = block.get_submodule(self._anatomy.mlp_output)
                handles.append(output.register_forward_hook(lambda _, args, written, mlp=mlp: written * mlp))
        try:
            held = HeldPatterns(self._patterns)
            logits = run(self._model, self._anatomy, self._ids, held, embedding=embedding, detached=False).logits
        finally:
            for handle in handles:
                handle.remove()
        assert held.seen["softmax"] == self.depth, held.seen
        return logits


def is_norm(module: nn.Module) -> bool:
    return isinstance(module, nn.LayerNorm) or type(module).__name__.endswith("RMSNorm")


def norm_scale(norm: nn.Module, x: Tensor) -> Tensor:
    """What the norm multiplies x by, its weight apart. [..., 1]"""
    x = x - x.mean(-1, keepdim=True) if isinstance(norm, nn.LayerNorm) else x
    eps = norm.variance_epsilon if hasattr(norm, "variance_epsilon") else norm.eps
    return torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
