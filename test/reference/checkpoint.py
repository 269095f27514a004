"""A checkpoint folder as a model."""

from pathlib import Path

from torch import nn
from transformers import AutoModelForCausalLM


def load(folder: Path) -> nn.Module:
    """In float32, from the weights and constants that the checkpoint's own type can hold: Gemma rounds √width to it."""
    loaded, report = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", dtype="auto", output_loading_info=True
    )
    assert not report["missing_keys"], report
    return loaded.float().eval()
