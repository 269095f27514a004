"""A checkpoint folder as a model."""

from pathlib import Path

from safetensors.torch import load_file
from torch import nn
from transformers import AutoModelForCausalLM

from anatomy import Variant


def load(folder: Path) -> nn.Module:
    """In float32, from the weights and constants that the checkpoint's own type can hold: Gemma rounds √width to it."""
    loaded, report = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", dtype="auto", output_loading_info=True
    )
    assert not report["missing_keys"], report
    return loaded.float().eval()


def load_built(folder: Path, variant: Variant) -> nn.Module:
    """A checkpoint of a model that transformers has no class for."""
    model = variant.build(variant.config)
    tensors = load_file(folder / "model.safetensors")
    assert set(tensors) == set(dict(model.named_parameters()))
    model.load_state_dict(tensors, strict=False)  # A tied tensor is in the file once.
    return model.eval()
