"""What heads do by their weights alone: copying, and composition with heads of later blocks. Dense matrices throughout.

Row vectors are multiplied from the left: a head's OV circuit takes x to x W_OV. Norms enter with their linear parts
(centring and weight); scales, biases, rotation, norms of queries and keys and softcaps stay out. Norms over the residual
stream itself take what was written to where it is read.
"""

import functools
import operator

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from anatomy import Anatomy
from linear import HeldNorm, is_norm
from sources import ValuesKept
from trace import run


def circuit_references(double: nn.Module, anatomy: Anatomy, heads: int) -> dict[str, Tensor]:
    """`double` is the model in float64."""
    unembedding = double.get_submodule(anatomy.unembedding).weight.detach()
    unembedding = through(double, anatomy.unembedding_projection, unembedding, transposed=True)
    embedding = through(double, anatomy.embedding_projection, embedding_table(double))
    width = embedding.shape[1]
    blocks = double.get_submodule(anatomy.blocks)
    end = norm_matrix(double, anatomy.final_norm, width)
    stream = [[norm_matrix(block, path, width) for path in anatomy.stream_norms or (None, None)] for block in blocks]
    ov, qk = [], []
    for layer, block in enumerate(blocks):
        start = norm_matrix(block, anatomy.attention_norm, width)
        after = norm_matrix(block, anatomy.attention_output, width)
        query, key, value = (start @ each for each in projections(attention_of(block, anatomy), heads))
        check_projections(double, anatomy, layer, heads)
        out = matrix(block.get_submodule(anatomy.attention_projection)).reshape(heads, -1, width)
        ov.append(value @ out @ after @ stream[layer][0])
        qk.append(query @ key.transpose(1, 2))
    ov, qk = torch.stack(ov), torch.stack(qk)
    depth = len(stream)
    scores = [
        [copying(embedding @ kept(stream, -1, layer) @ head @ kept(stream, layer, depth) @ end, unembedding) for head in of]
        for layer, of in enumerate(ov)
    ]
    between = torch.stack([torch.stack([kept(stream, one, other) for other in range(depth)]) for one in range(depth)])
    return {
        "copying": torch.tensor(scores),
        "composition_q": composition(ov, between, qk),
        "composition_k": composition(ov, between, qk.transpose(-1, -2)),
        "composition_v": composition(ov, between, ov),
    }


def kept(stream: list[list[Tensor]], one: int, other: int) -> Tensor:
    """What the stream's own norms make of it, from after the attention of block `one` to before block `other`. [d, d]"""
    norms = [norm for layer in stream for norm in layer][max(2 * one + 1, 0) : 2 * other]
    return functools.reduce(operator.matmul, norms, torch.eye(len(stream[0][0]), dtype=torch.float64))


def through(model: nn.Module, path: str | None, rows: Tensor, *, transposed: bool = False) -> Tensor:
    """Rows taken through the linear map at the path; as they are where there is none."""
    module = None if path is None else operator.attrgetter(path)(model)
    if module is None:
        return rows
    return rows @ (matrix(module).T if transposed else matrix(module))


def composition(first: Tensor, between: Tensor, second: Tensor) -> Tensor:
    """Norm of the product by the norms' product; 0 unless the second's block is later. [L, H, d, d] -> [L, H, L, H]

    between: what becomes of the first one's output until the second's block reads it. [L, L, d, d]
    """
    size = torch.linalg.matrix_norm
    first = first[:, :, None] @ between[:, None]
    products = first[:, :, :, None] @ second[None, None]
    strengths = size(products) / (size(first)[:, :, :, None] * size(second)[None, None])
    layers = torch.arange(len(first))
    later = layers[:, None] < layers
    return torch.where(later[:, None, :, None], strengths, 0.0)


def copying(written: Tensor, unembedding: Tensor) -> float:
    """Sum of the eigenvalues of tokens' effect on logits, by the sum of their sizes. written: [V, d]"""
    values = torch.linalg.eigvals(written @ unembedding.T)
    score = values.sum().real / values.abs().sum()
    # The eigenvalues other than 0 are those of the product the other way round.
    few = torch.linalg.eigvals(unembedding.T @ written)
    gap = (score - few.sum().real / few.abs().sum()).abs().item()
    assert gap < 1e-6, f"copying scores by the large and the small matrix differ by {gap}"
    return score.item()


def embedding_table(model: nn.Module) -> Tensor:
    """[V, d], without a scale."""
    table = model.get_input_embeddings() if hasattr(model, "get_input_embeddings") else model.transformer.wte
    return table.weight.detach()


def norm_matrix(parent: nn.Module, path: str | None, width: int) -> Tensor:
    """The linear part of the norm at the path; the identity where there is no norm. [d, d]"""
    identity = torch.eye(width, dtype=torch.float64)
    norm = None if path is None else operator.attrgetter(path)(parent)
    return HeldNorm(norm, 1.0)(identity) if norm is not None and is_norm(norm) else identity


def matrix(module: nn.Module) -> Tensor:
    """[in, out]"""
    weight = module.weight.detach()
    return weight if isinstance(module, Conv1D) else weight.T


def attention_of(block: nn.Module, anatomy: Anatomy) -> nn.Module:
    """The module that W_O is a part of."""
    return block.get_submodule(anatomy.attention_projection.rpartition(".")[0])


def projections(attention: nn.Module, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """W_Q, W_K and W_V of every query head. Each [H, d, d_h]"""
    parts = dict(attention.named_children())
    if "c_attn" in parts:
        query, key, value = matrix(attention.c_attn).chunk(3, dim=1)
    elif "query_key_value" in parts:  # head by head
        fused = matrix(attention.query_key_value)
        query, key, value = fused.reshape(len(fused), heads, 3, -1).permute(2, 0, 1, 3).reshape(3, len(fused), -1)
    elif "qkv_proj" in parts:
        fused = matrix(attention.qkv_proj)
        of_queries = heads * attention.head_dim
        of_keys = (fused.shape[1] - of_queries) // 2
        query, key, value = fused.split([of_queries, of_keys, of_keys], dim=1)
    else:
        query, key, value = (matrix(parts[name]) for name in ("q_proj", "k_proj", "v_proj"))
    head_width = query.shape[1] // heads

    def by_query_head(weight: Tensor) -> Tensor:
        split = weight.reshape(len(weight), -1, head_width).transpose(0, 1)
        return split.repeat_interleave(heads // len(split), dim=0)

    return by_query_head(query), by_query_head(key), by_query_head(value)


class FactorsKept(ValuesKept):
    """Keeps the two factors of each attention's scores as well."""

    def __init__(self):
        super().__init__()
        self.scored: list[tuple[Tensor, Tensor]] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (torch.matmul, torch.bmm, torch.baddbmm) and len(self.values) == self.seen["softmax"]:
            self.scored.append((args[-2].detach(), args[-1].detach().transpose(-1, -2)))
        return super().__torch_function__(func, types, args, kwargs)


def check_projections(double: nn.Module, anatomy: Anatomy, layer: int, heads: int) -> None:
    """What the model multiplies at position 0, which no rotation turns, is its attention's input times these weights.

    Differences between runs, so that biases drop out. Rotary scalings may stretch a dimension of queries and keys, the
    same for all heads and tokens; norms of them are not linear, and leave nothing to compare.
    """
    block = double.get_submodule(anatomy.blocks)[layer]
    attention = attention_of(block, anatomy)
    inputs, kept = [], []
    for token in (3, 5, 7, 11, 13):
        # Some modules get the input by name.
        see = lambda _, args, kwargs: inputs.append((args[0] if args else kwargs["hidden_states"]).detach()[0, 0])
        handle = attention.register_forward_pre_hook(see, with_kwargs=True)
        factors = FactorsKept()
        with torch.no_grad():
            run(double, anatomy, [token], factors)
        handle.remove()
        assert len(factors.scored) == len(factors.values) == anatomy.depth(double), "not one product of each to a block"
        kept.append([*factors.scored[layer], factors.values[layer]])
    normed = any("norm" in name for name, _ in attention.named_children())
    weights = projections(attention, heads)
    for which, weight in enumerate(weights):
        if normed and which < 2:
            continue
        differences = torch.stack(inputs[1:]) - inputs[0]
        expected = torch.einsum("nd,hdk->nhk", differences, weight).reshape(-1, weight.shape[-1])
        found = torch.stack([run[which] - kept[0][which] for run in kept[1:]]).reshape(expected.shape)
        stretch = (found * expected).sum(0) / expected.pow(2).sum(0) if which < 2 else 1.0
        gap = (found - stretch * expected).abs().max().item()
        assert gap < 1e-9 * max(1, found.abs().max().item()), f"{'QKV'[which]} of block {layer} differs by {gap}"
