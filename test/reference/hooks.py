"""What is inside of one forward pass, by hooks on transformers' own modules and products, and its logit lens at every depth.

Of the longest prompt, in float32, at the positions of `POSITIONS` alone; see `hooks.safetensors` in README.md.

    python test/reference/hooks.py                # every family; `make.py` does the same for what it makes
    python test/reference/hooks.py gpt2 llama     # some
"""

import importlib
import json
import operator
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from anatomy import Anatomy, Family
from checkpoint import load, load_built
from linear import is_norm, norm_scale

POSITIONS = (4, 22)
TOP = 5
LEAST = torch.finfo(torch.float32).min


def chosen_tokens(vocabulary: int) -> list[int]:
    return [3, 100, vocabulary - 1]


class Products(TorchFunctionMode):
    """Of every attention: queries and keys as they are multiplied, the softmax's input and output, and the values."""

    def __init__(self):
        super().__init__()
        self.found: list[dict[str, Tensor]] = []
        self.last: tuple = ()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        output = func(*args, **(kwargs or {}))
        if func in (torch.matmul, torch.bmm):
            if self.found and "values" not in self.found[-1]:
                self.found[-1]["values"] = args[1]
            self.last = args
        if func is functional.softmax:
            query, key = self.last
            self.found.append({"query": query, "key": key.transpose(-1, -2), "scores": args[0], "pattern": output})
        return output


@torch.no_grad()
def hook_references(model: nn.Module, anatomy: Anatomy, ids: list[int]) -> dict[str, Tensor]:
    blocks = model.get_submodule(anatomy.blocks)
    seen: list[dict[str, Tensor]] = [{} for _ in blocks]
    handles = []
    end: dict[str, Tensor] = {}

    def keep(found: dict[str, Tensor], name: str, value) -> None:
        value = value[0] if isinstance(value, tuple) else value
        found[name] = value.reshape(len(ids), -1)

    def on_input(module: nn.Module, found: dict[str, Tensor], name: str) -> None:
        hook = lambda _, args, kwargs: keep(found, name, args[0] if args else kwargs["hidden_states"])
        handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))

    def on_output(module: nn.Module, found: dict[str, Tensor], name: str) -> None:
        handles.append(module.register_forward_hook(lambda _, args, output: keep(found, name, output)))

    for found, block in zip(seen, blocks, strict=True):
        on_input(block, found, "residualBefore")
        on_output(block, found, "residualAfter")
        on_output(block.get_submodule(anatomy.attention_output), found, "attentionOutput")
        for name, module in block.named_modules():
            last = name.split(".")[-1]
            if last in ("q_proj", "k_proj", "c_attn", "query_key_value", "qkv_proj", "up_proj", "gate_up_proj"):
                on_output(module, found, last)
            if is_norm(module) and "." not in name:
                on_input(module, found, f"norm:{name}")
                on_output(module, found, f"normed:{name}")
        if anatomy.mlp_projection is not None:
            on_output(block.get_submodule(anatomy.mlp_output), found, "mlpOutput")
            on_input(block.get_submodule(anatomy.mlp_projection), found, "mlpPost")
            on_input(block.get_submodule(anatomy.activation), found, "mlpPre")
    final_norm = None if anatomy.final_norm is None else operator.attrgetter(anatomy.final_norm)(model)
    if final_norm is not None and is_norm(final_norm):
        on_input(final_norm, end, "x")
    products = Products()
    try:
        with products:
            model(input_ids=torch.tensor([ids]), use_cache=False, output_attentions=True)
    finally:
        for handle in handles:
            handle.remove()
    told = [
        block_references(block, anatomy, found, product)
        for block, found, product in zip(blocks, seen, products.found, strict=True)
    ]
    at = torch.tensor(POSITIONS)
    stacked = {name: torch.stack([of[name] for of in told]) for name in told[0]}
    streams = [stacked["residualBefore"][0]]
    for layer in range(len(blocks)):
        streams += [stacked["residualBetween"][layer]] if "residualBetween" in stacked else []
        streams += [stacked["residualAfter"][layer]]
    # Positions are the last axis but one, of a scale the last one.
    found = {name: value.index_select(1 if value.ndim == 2 else -2, at) for name, value in stacked.items()}
    if end:
        found["finalNormScale"] = 1 / norm_scale(final_norm, end["x"])[:, 0][at]
    return found | lens(model, anatomy, ids, streams)


def block_references(block: nn.Module, anatomy: Anatomy, found: dict, product: dict[str, Tensor]) -> dict[str, Tensor]:
    query, key, values = (product[name].reshape(-1, *product[name].shape[-2:]) for name in ("query", "key", "values"))
    heads, length, width = query.shape
    pre_query, pre_key = projected(found, heads, width)
    groups = heads // pre_key.shape[0]
    own = {name: found[name] for name in ("residualBefore", "residualAfter", "attentionOutput")}
    own |= {
        "queries": pre_query,
        "keys": pre_key,
        "values": values[::groups],
        "rotatedQueries": query,
        "rotatedKeys": key[::groups],
        "scores": product["scores"].reshape(heads, length, -1).clamp(min=LEAST),
        "pattern": product["pattern"].reshape(heads, length, -1),
    }
    own["z"] = own["pattern"] @ values
    if anatomy.mlp_projection is not None:
        own |= {name: found[name] for name in ("mlpOutput", "mlpPre", "mlpPost")}
        if anatomy.gated:
            own["mlpPreLinear"] = found["up_proj"] if "up_proj" in found else found["gate_up_proj"].chunk(2, -1)[1]
    return own | norms(block, anatomy, found)


def projected(found: dict[str, Tensor], heads: int, width: int) -> tuple[Tensor, Tensor]:
    """What W_Q and W_K give, by head."""
    split = lambda flat: flat.reshape(len(flat), -1, width).transpose(0, 1)
    if "q_proj" in found:
        return split(found["q_proj"]), split(found["k_proj"])
    if "c_attn" in found:
        query, key, _ = found["c_attn"].chunk(3, -1)
        return split(query), split(key)
    if "query_key_value" in found:
        whole = found["query_key_value"].reshape(-1, heads, 3, width)
        return whole[:, :, 0].transpose(0, 1), whole[:, :, 1].transpose(0, 1)
    whole = split(found["qkv_proj"])
    return whole[:heads], whole[heads : heads + (len(whole) - heads) // 2]


def norms(block: nn.Module, anatomy: Anatomy, found: dict[str, Tensor]) -> dict[str, Tensor]:
    """What each norm divides by; and the stream between attention and MLP, where the MLP reads it."""
    stream = anatomy.stream_norms or ()
    places = {
        anatomy.attention_norm: "attentionNormScale",
        stream[0] if stream else anatomy.attention_output: "attentionPostNormScale",
        stream[1] if stream else anatomy.mlp_output: "mlpPostNormScale",
    }
    own, before_mlp = {}, None
    for name in [key.removeprefix("norm:") for key in found if key.startswith("norm:")]:
        x = found[f"norm:{name}"]
        place = places.get(name)
        if place is None:
            assert before_mlp is None, "two norms before the MLP"
            place, before_mlp = "mlpNormScale", x
        own[place] = 1 / norm_scale(block.get_submodule(name), x)[:, 0]
    if anatomy.mlp_projection is None:
        return own
    before, between = found["residualBefore"], found["residualBefore"] + found["attentionOutput"]
    if stream:
        between = found[f"normed:{stream[0]}"]
    elif before_mlp is None and "attentionNormScale" in own:
        # A parallel block with one norm.
        return own | {"mlpNormScale": own["attentionNormScale"]}
    elif before_mlp is not None:
        if torch.allclose(before_mlp, before, atol=1e-5):
            return own
        assert torch.allclose(before_mlp, between, atol=1e-4), "the MLP reads something else"
    return own | {"residualBetween": between}


def lens(model: nn.Module, anatomy: Anatomy, ids: list[int], streams: list[Tensor]) -> dict[str, Tensor]:
    """Through the model's own end, a softcap included. [depth, position, …], the depths in the order of the pass."""
    last_block = model.get_submodule(anatomy.blocks)[-1]
    rows = []
    for x in streams:
        replace = lambda _, args, output: (
            (x.reshape(output[0].shape), *output[1:]) if isinstance(output, tuple) else x.reshape(output.shape)
        )
        handle = last_block.register_forward_hook(replace)
        rows.append(model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, list(POSITIONS)].double())
        handle.remove()
    logits = torch.stack(rows)
    tokens = chosen_tokens(logits.shape[-1])
    log_p = logits.log_softmax(-1)
    top = logits.topk(TOP, -1)
    return {
        "lens_log_sum_exp": logits.logsumexp(-1),
        "lens_entropy": -(log_p.exp() * log_p).sum(-1),
        "lens_top_logits": top.values,
        "lens_top_tokens": top.indices,
        "lens_token_logits": logits[..., tokens],
        "lens_ranks": 1 + (logits[..., None, :] > logits[..., tokens][..., None]).sum(-1),
    }


def save_hooks(folder: Path, model: nn.Module, anatomy: Anatomy, ids: list[int]) -> None:
    found = hook_references(model, anatomy, ids)
    tensors = {name: value.detach().float().clone().contiguous() for name, value in found.items()}
    assert all(torch.isfinite(value).all() for value in tensors.values())
    save_file(tensors, folder / "hooks.safetensors")


def main(names: list[str]) -> None:
    torch.set_num_threads(1)
    here = Path(__file__).resolve().parent
    for module in [name.replace("-", "_") for name in names] or sorted(path.stem for path in here.glob("families/*.py")):
        family: Family = importlib.import_module(f"families.{module}").FAMILY
        for name, variant in family.variants.items():
            folder = here / "checkpoints" / f"{family.name}-{name}"
            model = load_built(folder, variant) if variant.build is not None else load(folder)
            described = json.loads((folder / "reference.json").read_text())["prompts"]
            save_hooks(folder, model, family.anatomy, described[-1]["ids"])
            print(f"{folder.name}: {(folder / 'hooks.safetensors').stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
