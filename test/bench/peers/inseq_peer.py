"""Inseq's input x gradient of the next token. It takes text: letters, of which the checkpoint's tokenizer makes a token each."""

import logging
from collections.abc import Callable
from pathlib import Path

import inseq
import torch
from transformers import PreTrainedTokenizerFast

from checkpoint import last_logits, embed, load


def input_x_gradient(folder: Path, threads: int) -> Callable[[list[int]], float]:
    logging.disable(logging.WARNING)
    model = load(folder, threads)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    end = tokenizer.convert_ids_to_tokens(model.config.eos_token_id)
    tokenizer.add_special_tokens({"bos_token": end, "eos_token": end, "pad_token": end, "unk_token": end})
    explainer = inseq.load_model(model, "input_x_gradient", tokenizer=tokenizer, device="cpu")

    def run(ids: list[int]) -> float:
        text = "".join(chr(ord("a") + token % 26) for token in ids)
        (tokens,) = tokenizer([text])["input_ids"]
        assert len(tokens) == len(ids), f"{len(tokens)} tokens for {len(ids)}"
        explainer.attribute(
            text,
            text + "e",
            attributed_fn="logit",
            attr_pos_start=len(tokens),
            show_progress=False,
        )
        return float("nan")

    return run


CASES = {"input_x_gradient": input_x_gradient}
