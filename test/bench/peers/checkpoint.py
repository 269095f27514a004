"""The checkpoint as transformers loads it. Every peer that builds on transformers begins here."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM


def load(folder: Path, threads: int, attention: str = "sdpa") -> nn.Module:
    torch.set_num_threads(threads)
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation=attention, dtype=torch.float32)
    return model.eval().requires_grad_(False)


def embed(model: nn.Module, ids: list[int]) -> Tensor:
    """[1, T, d], without positions, which transformers adds by itself."""
    return model.get_input_embeddings()(torch.tensor([ids])).detach()


def last_logits(model: nn.Module, embeddings: Tensor) -> Tensor:
    """[batch, vocabulary] after the last position; no other logits are computed."""
    return model(inputs_embeds=embeddings, logits_to_keep=1, use_cache=False).logits[:, -1]
