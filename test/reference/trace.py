"""One run of a model with everything in it recorded by hooks."""

from contextlib import nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from anatomy import Anatomy
from rules import DoublePrecision, Rules, gates


@dataclass
class Trace:
    """Of one prompt; every tensor is part of the autograd graph. T tokens, H heads, d width, V vocabulary.

    Tensors of the residual stream have the batch dimension that the module at hand uses: [1, T, d], or [T, d].
    """

    # x^0 … x^L; x^L is before the final norm. The first is a leaf.
    residual: list[Tensor] = field(default_factory=list)
    # P[position], [T, d]; zero where the model has no learned positions.
    positions: Tensor | None = None
    # What each block's attention and MLP add to the residual stream; behind a norm over the stream, their part of it: with
    # s the norm's scale, N(x + a) = s·γ·(x - mean x) + (s·γ·(a - mean a) + β), of which this is the part in brackets.
    attention: list[Tensor] = field(default_factory=list)
    mlp: list[Tensor] = field(default_factory=list)
    # Input of W_O: the heads side by side.
    z: list[Tensor] = field(default_factory=list)
    # Input of the MLP's W_out.
    act: list[Tensor] = field(default_factory=list)
    # [H, T, T]
    patterns: list[Tensor] = field(default_factory=list)
    # [T, V]: before a final softcap, and after it.
    logits: Tensor | None = None
    capped_logits: Tensor | None = None


def run(
    model: nn.Module,
    anatomy: Anatomy,
    ids: list[int],
    rules: Rules | None = None,
    *,
    embedding: Tensor | None = None,
    detached: bool = True,
    stop_at_blocks: bool = False,
) -> Trace:
    """Runs `ids`.

    embedding: stands in for x^0, [T, d]; `detached` makes it a leaf of its own.
    stop_at_blocks: gradients stop at z and act, so that what is left is each part's direct way to the logits.
    """
    trace = Trace()
    handles = []
    double = next(model.parameters()).dtype == torch.float64

    def on_input(module: nn.Module, receive) -> None:
        def hook(_, args, kwargs):
            if args:
                replaced = receive(args[0])
                return None if replaced is None else ((replaced, *args[1:]), kwargs)
            replaced = receive(kwargs["hidden_states"])
            return None if replaced is None else (args, {**kwargs, "hidden_states": replaced})

        handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))

    def on_output(module: nn.Module, receive) -> None:
        def hook(_, args, output):
            receive(output[0] if isinstance(output, tuple) else output)

        handles.append(module.register_forward_hook(hook))

    def kept(value: Tensor) -> Tensor:
        """[1, T, n] or [T, n] -> the same tensor, whose gradient is wanted."""
        if value.requires_grad:
            value.retain_grad()
        return value

    def start(x: Tensor) -> Tensor:
        x = x if embedding is None else embedding.reshape(x.shape).to(x.dtype)
        x = x.detach().requires_grad_() if detached else x
        trace.residual.append(x)
        return x

    def writer(found: list[Tensor]):
        def receive(x: Tensor) -> Tensor:
            x = x.detach().requires_grad_() if stop_at_blocks else x
            found.append(kept(x))
            return x

        return receive

    def write(block: nn.Module, output: str, which: int, found: list[Tensor]) -> None:
        """Records what the module at `output` adds to the residual stream."""
        norm = None if anatomy.stream_norms is None else block.get_submodule(anatomy.stream_norms[which])
        if not isinstance(norm, nn.LayerNorm):
            on_output(block.get_submodule(output), lambda x: found.append(kept(x)))
            return
        added: list[Tensor] = []
        on_output(block.get_submodule(output), added.append)

        def split(_, args, output):
            (x,) = args
            centred = x - x.mean(-1, keepdim=True)
            scale = torch.rsqrt(centred.pow(2).mean(-1, keepdim=True) + norm.eps)
            scale = scale.detach() if rules is not None and rules.frozen_norms else scale
            linear = lambda part: (part - part.mean(-1, keepdim=True)) * scale * (1.0 if norm.weight is None else norm.weight)
            part = added.pop().reshape(x.shape)
            written = kept(linear(part) if norm.bias is None else linear(part) + norm.bias)
            found.append(written)
            whole = linear(x - part) + written
            gap = (whole - output).abs().max().item()
            assert gap < 1e-4, f"what is kept and what is added miss the norm of both by {gap}"
            return whole

        handles.append(norm.register_forward_hook(split))

    blocks = model.get_submodule(anatomy.blocks)
    for layer, block in enumerate(blocks):
        if layer == 0:
            on_input(block, start)
        on_output(block, lambda x: trace.residual.append(kept(x)))
        on_input(block.get_submodule(anatomy.attention_projection), writer(trace.z))
        write(block, anatomy.attention_output, 0, trace.attention)
        if anatomy.mlp_projection is not None:
            on_input(block.get_submodule(anatomy.mlp_projection), writer(trace.act))
            write(block, anatomy.mlp_output, 1, trace.mlp)
    if anatomy.position_embedding is not None:
        on_output(
            model.get_submodule(anatomy.position_embedding),
            lambda p: setattr(trace, "positions", p.detach().reshape(len(ids), -1)),
        )
    on_output(model.get_submodule(anatomy.unembedding), lambda z: setattr(trace, "logits", z[0]))
    held = nullcontext() if rules is None else gates(model, anatomy, rules)
    try:
        with DoublePrecision() if double else nullcontext(), rules or nullcontext(), held:
            output = model(input_ids=torch.tensor([ids]), use_cache=False, output_attentions=True)
    finally:
        for handle in handles:
            handle.remove()
    trace.capped_logits = output.logits[0]
    trace.patterns = [pattern[0] for pattern in output.attentions]
    if trace.positions is None:
        trace.positions = torch.zeros_like(trace.residual[0][0])
    return trace
