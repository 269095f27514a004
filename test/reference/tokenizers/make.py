"""
Small tokenizers in the settings of well-known models, and what the reference library reads with them. Writes
tokenizers.jsonl beside itself: one line each, {name, tokenizer, cases: [[text, ids, texts of the ids], ...]}.

    .venv/bin/python test/reference/tokenizers/make.py
"""

import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LINES = [
    "The river takes what the stream gives it, and the sea takes the river. Don't you'll they've I'm he'd. 12345 67",
    "Der Fluß fließt über die Brücke; größer, schöner. Le garçon a mangé une pêche à l'été. La niña pequeña comió.",
    "Река течёт к морю. Привет, мир! 你好，世界。我喜欢吃苹果。日本語 안녕하세요 שלום 😀 😃 👩‍👩‍👧   spaces    more     end",
    "def f(x):\n    return x + 1\n\n\n    if x == 2:\n\t\treturn\r\n",
]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
LOWER_CASED = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
UPPER_CASED = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
O200K = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER_CASED}*{LOWER_CASED}+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER_CASED}+{LOWER_CASED}*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"

# Whitespace, digits and punctuation on which JavaScript and Rust disagree are here on purpose.
ATOMS = (
    "Hello|world| the| river|don't|DON'T|I'LL| 12345|3.14|1|  |   |      |\n|\n\n|\r\n|\t|\t\t| |\u00a0|\u0085|\u3000|"
    "\u200b|\ufeff|größer|é|e\u0301|你好|，|世界。|안녕|שלום|😀|👩‍👩‍👧|def f(x):|    return|<|endoftext|>|<s>|<|user|>|?!|…|—|(a)|"
    "[b]|_c_|x=1;|ﬁ|①|½|²|٣|१२३|aaaaaaaaaa|▁|▁the|Ġ|<0x41>|'s|'S|İ|\u0000|𝔘"
).replace("<|", "<\x00").replace("|>", "\x00>").split("|")
ATOMS = [atom.replace("<\x00", "<|").replace("\x00>", "|>") for atom in ATOMS]


def byte_level(pre=None, normalizer=None, post=None, special=("<|endoftext|>",), ignore_merges=False, added=()):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre or pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=340, special_tokens=list(special), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_tokens(list(added))
    tokenizer.post_processor = post or processors.ByteLevel(trim_offsets=False)
    return tokenizer


def then_bytes(*parts):
    return pre_tokenizers.Sequence([*parts, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def split(regex, behavior="isolated"):
    return pre_tokenizers.Split(Regex(regex), behavior)


def sentence_piece(normalizer, pre=None, template="<s> $A", decoder=None, unigram=False, added=()):
    special = ["<unk>", "<s>", "</s>"]
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.BpeTrainer(
        vocab_size=380, special_tokens=[*special, *(f"<0x{byte:02X}>" for byte in range(256))], show_progress=False
    )
    trained.train_from_iterator(["".join(c for c in line if ord(c) < 0x250) for line in LINES], trainer)
    model = json.loads(trained.to_str())["model"]
    vocabulary = model["vocab"]
    for run in ("▁▁", "▁▁▁▁"):
        vocabulary[run] = len(vocabulary)
    merges = [*map(tuple, model["merges"]), ("▁", "▁"), ("▁▁", "▁▁")]
    if unigram:
        pieces = [(piece, -float(index)) for piece, index in vocabulary.items()]
        tokenizer = Tokenizer(models.Unigram(sorted(pieces, reverse=True, key=lambda p: p[1]), 0, byte_fallback=True))
    else:
        tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    tokenizer.add_tokens(list(added))
    ids = [(name, vocabulary[name]) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(single=template, pair=f"{template} $B", special_tokens=ids)
    fused = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoder or decoders.Sequence(fused)
    return tokenizer


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="</s> $A", pair="</s> $A </s> $B", special_tokens=[("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def tokenizers() -> dict[str, Tokenizer]:
    begin = "<|begin_of_text|>"
    llama2 = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    template = processors.TemplateProcessing(single=f"{begin} $A", pair=f"{begin} $A $B", special_tokens=[(begin, 0)])
    return {
        "gpt2": byte_level(),
        "gpt2-prefix-space": byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True)),
        "gpt-neox": byte_level(
            normalizer=normalizers.NFC(), added=[AddedToken(" " * n, normalized=True) for n in range(8, 1, -1)]
        ),
        "llama3": byte_level(
            then_bytes(split(LLAMA3)),
            special=(begin,),
            ignore_merges=True,
            post=processors.Sequence([processors.ByteLevel(trim_offsets=True), template]),
        ),
        "qwen2": byte_level(then_bytes(split(QWEN2)), normalizers.NFC()),
        "o200k": byte_level(then_bytes(split(O200K))),
        "bloom": byte_level(then_bytes(split(BLOOM))),
        "starcoder": byte_level(
            pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
        ),
        "falcon": byte_level(
            pre_tokenizers.Sequence(
                [
                    pre_tokenizers.Punctuation("contiguous"),
                    pre_tokenizers.ByteLevel(add_prefix_space=False),
                    pre_tokenizers.Digits(False),
                    split(r"[0-9][0-9][0-9]"),
                ]
            )
        ),
        "merged-with-next": byte_level(then_bytes(split(r"\s+|[aeiou]", "merged_with_next"))),
        "merged-with-previous": byte_level(then_bytes(split(r"\s+|[aeiou]", "merged_with_previous"))),
        "words": byte_level(then_bytes(pre_tokenizers.Whitespace())),
        "bert-words": byte_level(then_bytes(pre_tokenizers.BertPreTokenizer())),
        "llama2": sentence_piece(llama2),
        "llama2-end": sentence_piece(llama2, template="<s> $A </s>"),
        "phi3": sentence_piece(llama2, added=[AddedToken("<|user|>", normalized=False, special=True)]),
        "llama-metaspace": sentence_piece(None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
        "metaspace-split": sentence_piece(None, pre_tokenizers.Metaspace(prepend_scheme="always", split=True)),
        "gemma": sentence_piece(
            normalizers.Replace(" ", "▁"),
            pre_tokenizers.Split(" ", "merged_with_previous"),
            decoder=decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]),
        ),
        "unigram": unigram(),
        "unigram-bytes": sentence_piece(
            None, pre_tokenizers.Metaspace(prepend_scheme="always", split=False), unigram=True
        ),
    }


def text_of(tokenizer: Tokenizer, id: int) -> str:
    """A token's own text: decoded behind another one, since decoders drop the first token's leading space."""
    first = tokenizer.token_to_id("a")
    return tokenizer.decode([first, id], skip_special_tokens=False)[1:]


def main() -> None:
    chosen = random.Random(1)
    texts = ["", " ", "  ", "a", " a", "<s>", "Hello world", " Hello  world "]
    texts += ["".join(chosen.choices(ATOMS, k=chosen.randint(1, 9))) for _ in range(32)]
    with (Path(__file__).parent / "tokenizers.jsonl").open("w", encoding="utf-8") as file:
        for name, tokenizer in tokenizers().items():
            cases = []
            for text in texts:
                ids = tokenizer.encode(text).ids
                cases.append([text, ids, [text_of(tokenizer, id) for id in ids]])
            line = {"name": name, "tokenizer": json.loads(tokenizer.to_str()), "cases": cases}
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
