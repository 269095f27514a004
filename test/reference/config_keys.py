"""What each key of a configuration does in transformers: writes config-keys.jsonl.

    python test/reference/config_keys.py

Every key that the configuration class of any family declares, that the code of the family asks a configuration for, or
that is named here is set to another value in a small model, whose weights depend on nothing but their names and shapes.
Its effect is

    none      the same logits
    logits    other logits
    tensors   parameters of other names or shapes
    refused   transformers cannot read it, or build or run the model

Written down are the keys that a family's class declares, with their defaults, and those others that change the model;
and what is said of generation, which transformers takes out of a configuration unread.
"""

import json
import logging
import tempfile
import zlib
from dataclasses import MISSING, fields
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig, PreTrainedConfig

FILE = Path(__file__).resolve().parent / "config-keys.jsonl"
PROMPT = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3]])

GPT2 = {"vocab_size": 11, "n_embd": 32, "n_layer": 3, "n_head": 4}
WIDE = {"vocab_size": 11, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}
GROUPED = {**WIDE, "num_key_value_heads": 2}
GEMMA = {**GROUPED, "head_dim": 8}
QWEN = {**GROUPED, "use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1}

# The rest is as transformers has it by default. Windows are shorter than the prompt; two pairs at least are rotated.
FAMILIES = {
    "gpt2": GPT2,
    "gpt_neo": {
        "vocab_size": 11,
        "hidden_size": 32,
        "num_layers": 2,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 3,
    },
    "gpt_neox": {**WIDE, "rotary_pct": 0.5},
    "gptj": {**GPT2, "rotary_dim": 4},
    "opt": {"vocab_size": 11, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "ffn_dim": 48},
    "phi": GROUPED,
    "phi3": {**GROUPED, "pad_token_id": 0},
    "llama": GROUPED,
    "mistral": {**GROUPED, "head_dim": 8, "sliding_window": 3},
    "qwen2": QWEN,
    "qwen3": {**QWEN, "head_dim": 8},
    "gemma": GEMMA,
    "gemma2": {**GEMMA, "sliding_window": 3},
    "gemma3_text": {**GEMMA, "sliding_window": 3, "sliding_window_pattern": 2},
    "olmo2": GROUPED,
    "stablelm": {**GROUPED, "partial_rotary_factor": 0.5},
}

FULL, SLIDING = "full_attention", "sliding_attention"
# Where the default does not suggest another value, or one value could miss what the key does.
VALUES = {
    "activation_function": ["silu"],
    "architectures": [["AnyForCausalLM"]],
    "attention_layers": [["local", "global"]],
    "attention_types": [[[["local", "global"], 1]]],
    "attn_logit_softcapping": [4.0],
    "dtype": ["bfloat16"],
    "final_logit_softcapping": [4.0],
    "head_dim": [16],
    "hidden_act": ["relu"],
    "hidden_activation": ["relu"],
    "id2label": [{"0": "a", "1": "b", "2": "c"}],
    "is_causal": [False, None],
    "label2id": [{"a": 0, "b": 1, "c": 2}],
    "layer_types": [[FULL, FULL, SLIDING], [FULL, FULL, FULL]],
    "max_position_embeddings": [24],
    "partial_rotary_factor": [0.75],
    "per_layer_config": [{"1": {"hidden_act": "relu"}}],
    "problem_type": ["regression"],
    "rope_local_base_freq": [50.0],
    "rope_parameters": [
        {"rope_type": "default", "rope_theta": 50.0},
        {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.75},
        {"rope_type": "linear", "factor": 3.0, "partial_rotary_factor": 0.75},
        {FULL: {"rope_type": "default", "rope_theta": 50.0}, SLIDING: {"rope_type": "default", "rope_theta": 50.0}},
    ],
    "rope_scaling": [{"rope_type": "linear", "factor": 3.0}, {"type": "linear", "factor": 3.0}],
    "rope_theta": [50.0],
    "rotary_emb_base": [50.0],
    "rotary_pct": [0.75],
    "sliding_window": [4, 0],
    "sliding_window_pattern": [3],
    "summary_activation": ["tanh"],
    "summary_type": ["last"],
    "torch_dtype": ["bfloat16"],
    "transformers_version": ["4.0.0"],
    "window_size": [4, 0],
    "word_embed_proj_dim": [16],
}


def others(key: str, usual: object) -> list:
    """Values other than the usual one."""
    if key in VALUES:
        return VALUES[key]
    if isinstance(usual, bool):
        return [not usual]
    if isinstance(usual, int):
        return [usual + 2]
    if isinstance(usual, float):
        return [usual / 2 + 0.125]
    return [True] if key.startswith(("use_", "is_", "output_")) else [2]


def declared(model_type: str) -> dict[str, object]:
    """Keys of the class with their defaults; what has another name as well is there under both."""
    config_class = type(AutoConfig.for_model(model_type))
    keys = {field.name: None if field.default is MISSING else field.default for field in fields(config_class)}
    return keys | {alias: keys[name] for alias, name in config_class.attribute_map.items()}


class Asked:
    """Gathers, in a `with` block, the keys that configurations are asked for, whether or not they have them."""

    def __init__(self):
        self.keys: set[str] = set()

    def __enter__(self):
        self.original = PreTrainedConfig.__getattribute__

        def asked(config, key):
            self.keys.add(key)
            return self.original(config, key)

        PreTrainedConfig.__getattribute__ = asked
        return self

    def __exit__(self, *_):
        PreTrainedConfig.__getattribute__ = self.original
        self.keys = {key for key in self.keys if not hasattr(PreTrainedConfig, key) and not key.startswith("_")}


def build(config: dict) -> nn.Module:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(config))
        read = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_config(read, attn_implementation="eager").float().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return model


def logits(model: nn.Module) -> Tensor:
    with torch.no_grad():
        return model(PROMPT, use_cache=False, return_dict=True).logits


def shapes(model: nn.Module) -> dict[str, torch.Size]:
    """Without the unembedding, which is there or not as it is tied or not."""
    return {name: parameter.shape for name, parameter in model.named_parameters() if not name.startswith("lm_head.")}


def effect(config: dict, plain: nn.Module) -> str:
    try:
        model = build(config)
        found = logits(model)
    except Exception:
        return "refused"
    if shapes(model) != shapes(plain):
        return "tensors"
    return "none" if torch.allclose(found, logits(plain), rtol=0, atol=1e-5) else "logits"


def main() -> None:
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    tables = {model_type: declared(model_type) for model_type in FAMILIES}
    known = set(VALUES).union(*tables.values())
    lines = [{"generation": sorted(GenerationConfig._get_default_generation_params())}]
    for model_type, base in FAMILIES.items():
        lines.append({"model_type": model_type, "base": base})
        config, table = {"model_type": model_type, **base}, tables[model_type]
        with Asked() as asked:
            plain = build(config)
            logits(plain)
        for key in sorted(known | asked.keys):
            for value in others(key, base.get(key, table.get(key))):
                if key in base and value == base[key]:
                    continue
                found = {"model_type": model_type, "key": key, "value": value}
                found["effect"] = effect({**config, key: value}, plain)
                if key in table:
                    lines.append({**found, "default": table[key]})
                elif found["effect"] in ("logits", "tensors"):
                    lines.append(found)
        print(model_type, flush=True)
    FILE.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


if __name__ == "__main__":
    main()
