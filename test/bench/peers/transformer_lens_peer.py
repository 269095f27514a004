"""TransformerLens: a forward pass that keeps everything, and what is read off it: direct contributions to the top logit."""

from collections.abc import Callable
from pathlib import Path

import torch
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.model_bridge import TransformerBridge
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights

from checkpoint import load


def hooked(folder: Path, threads: int) -> HookedTransformer:
    """GPT-2 alone: other shapes are taken by names of the hub only."""
    model = load(folder, threads)
    config = model.config
    cfg = HookedTransformerConfig(
        n_layers=config.n_layer,
        d_model=config.n_embd,
        n_ctx=config.n_positions,
        d_head=config.n_embd // config.n_head,
        n_heads=config.n_head,
        d_mlp=4 * config.n_embd,
        d_vocab=config.vocab_size,
        act_fn=config.activation_function,
        eps=config.layer_norm_epsilon,
        normalization_type="LN",
        original_architecture="GPT2LMHeadModel",
        device="cpu",
    )
    lens = HookedTransformer(cfg)
    lens.load_and_process_state_dict(
        convert_gpt2_weights(model, cfg),
        fold_ln=False,
        center_writing_weights=False,
        center_unembed=False,
        fold_value_biases=False,
    )
    return lens


def bridged(folder: Path, threads: int) -> TransformerBridge:
    return TransformerBridge.boot_transformers(str(folder), hf_model=load(folder, threads, "eager"), device="cpu")


def cached(open_lens: Callable, read: Callable = lambda lens, cache, token: None) -> Callable:
    def open_model(folder: Path, threads: int) -> Callable[[list[int]], float]:
        lens = open_lens(folder, threads)

        @torch.inference_mode()
        def run(ids: list[int]) -> float:
            logits, cache = lens.run_with_cache(torch.tensor([ids]))
            logit, token = logits[0, -1].max(-1)
            read(lens, cache, token)
            return logit.item()

        return run

    return open_model


def layers(lens, cache, token) -> None:
    """What each component writes straight to the logit."""
    stack = cache.decompose_resid(layer=-1, pos_slice=-1)
    cache.logit_attrs(stack, tokens=token, pos_slice=-1, has_batch_dim=True)


def heads(lens, cache, token) -> None:
    """The same of each head."""
    stack = cache.stack_head_results(layer=-1, pos_slice=-1)
    cache.logit_attrs(stack, tokens=token, pos_slice=-1, has_batch_dim=True)


CASES = {
    "run_with_cache": cached(hooked),
    "run_with_cache + logit_attrs": cached(hooked, layers),
    "run_with_cache + head results": cached(hooked, heads),
    "bridge: run_with_cache": cached(bridged),
}
