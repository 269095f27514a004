"""Where the parts of a transformers model are, by module path, and what a family's checkpoints are configured like."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Anatomy:
    """Module paths. Those of the first group start at the model, the others at a block."""

    blocks: str
    unembedding: str = "lm_head"
    # The norm before the unembedding; None where there is none.
    final_norm: str | None = "model.norm"
    # Learned positions: the module whose output is added to the token's embedding.
    position_embedding: str | None = None
    # Linear maps from the embedding's table to the residual stream, and from there to the unembedding; where there are any.
    embedding_projection: str | None = None
    unembedding_projection: str | None = None

    # The norm that queries, keys and values are read through; None where blocks have none.
    attention_norm: str | None = "input_layernorm"
    # W_O: its input is z, the heads side by side.
    attention_projection: str = "self_attn.o_proj"
    # The module whose output is added to the residual stream: the attention itself, or the norm after it.
    attention_output: str = "self_attn"
    # Norms over the residual stream itself: once the attention is added to it, and once the MLP is.
    stream_norms: tuple[str, str] | None = None
    # W_out of the MLP, and the module whose output is added; None where blocks have no MLP.
    mlp_projection: str | None = "mlp.down_proj"
    mlp_output: str | None = "mlp"
    activation: str | None = "mlp.act_fn"
    # The activation's output multiplies another projection of the same input.
    gated: bool = True

    def depth(self, model: nn.Module) -> int:
        return len(model.get_submodule(self.blocks))


@dataclass(frozen=True)
class Variant:
    """One checkpoint. `config` is written to config.json word for word, and transformers builds the model from that."""

    config: dict
    notes: str
    seed: int
    # Standard deviation of a matrix product's output for inputs of deviation 1; queries and keys apart.
    gain: float = 1.2
    query_key_gain: float = 1.4
    # Of the embeddings and of an untied unembedding.
    embedding_deviation: float = 0.5
    # Added to each of their numbers: a direction that all tokens have in common.
    embedding_mean: float = 0.0
    # No references that have a number for every token of the vocabulary, or for every two.
    large_vocabulary: bool = False
    # What the file holds; the references are computed in float32 from the rounded weights.
    dtype: str = "float32"
    # Renames a tensor of the file.
    rename: Callable[[str], str] = lambda name: name
    # Tensors of the file that are no weights, such as GPT-2's mask buffers.
    extra_tensors: Callable[[], dict] = dict
    # Builds the model where transformers has no class for it: config -> model.
    build: Callable[[dict], nn.Module] | None = None
    # Why TransformerLens cannot run it; None where it can.
    without_lens: str | None = None


@dataclass(frozen=True)
class Family:
    name: str
    anatomy: Anatomy
    variants: dict[str, Variant]
