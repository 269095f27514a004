"""One small byte-level BPE tokenizer for every checkpoint: the 256 bytes, a special token and a few merges."""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

END_OF_TEXT = "<|endoftext|>"
VOCABULARY = 288

TEXT = """
The river takes what the stream gives it, and the sea takes the river. A stream that runs down the hill joins another,
and both run on as one. When the rain comes the water rises; when it goes the stones of the bed are seen again.
Paris is the capital of France, and the Seine runs through it. The man said that the dog and the cat were in the house.
She gave the book to him, then he gave it to her. Which word did the answer come from, and where did it go?
"""

# Prompts are beginnings of this.
PROMPT = "The river takes what the stream gives it; the capital of France, said the man, is Paris."


def make_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT], trainer)
    assert tokenizer.get_vocab_size() == VOCABULARY
    return tokenizer


def save_tokenizer(folder: Path, context: int) -> None:
    make_tokenizer().save(str(folder / "tokenizer.json"))
    config = {
        "add_prefix_space": False,
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TEXT,
        "model_max_length": context,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "unk_token": None,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def prompts(lengths: tuple[int, ...]) -> list[dict]:
    """Prompts of exactly these many tokens: {ids, text}."""
    tokenizer = make_tokenizer()
    ids = tokenizer.encode(PROMPT).ids
    assert len(ids) >= max(lengths), len(ids)
    found = []
    for length in lengths:
        text = tokenizer.decode(ids[:length])
        assert tokenizer.encode(text).ids == ids[:length], text
        found.append({"ids": ids[:length], "text": text})
    return found
