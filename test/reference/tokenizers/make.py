"""
Small tokenizers in the settings of well-known models, and what the reference library reads with them. Writes beside
itself tokenizers.jsonl: one line each, {name, tokenizer, cases: [[text, ids, texts of the ids], ...], pieces: [[text,
what the pre-tokenizer makes of it], ...]}, and characters.jsonl: steps of tokenizers, and of all characters up to U+1FFFF those that they change or split off; one line
each, {step, part, before, behind, characters: hexadecimal ranges of those whose `before`, character, `behind` is not
what it was in one piece}.

    .venv/bin/python test/reference/tokenizers/make.py
"""

import io
import json
import random
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
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

CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"
    r"\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
DEEPSEEK = [
    r"\p{N}{1,3}",
    r"[一-龥぀-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"
    r" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]

# Whitespace, digits and punctuation on which JavaScript and Rust disagree are here on purpose.
ATOMS = (
    "Hello|world| the| river|don't|DON'T|I'LL| 12345|3.14|1|  |   |      |\n|\n\n|\r\n|\t|\t\t| |\u00a0|\u0085|\u3000|"
    "\u200b|\ufeff|größer|é|e\u0301|你好|，|世界。|안녕|שלום|😀|👩‍👩‍👧|def f(x):|    return|<|endoftext|>|<s>|<|user|>|?!|…|—|(a)|"
    "[b]|_c_|x=1;|ﬁ|①|½|²|٣|१२३|aaaaaaaaaa|▁|▁the|Ġ|<0x41>|'s|'S|İ|\u0000|𝔘"
).replace("<|", "<\x00").replace("|>", "\x00>").split("|")
ATOMS = [atom.replace("<\x00", "<|").replace("\x00>", "|>") for atom in ATOMS]
# And characters that are newer than the reference's tables, astral, joined, out of order, or of many cases.
ATOMS += (
    "\U00020000|\U0002a700|文字|\u088f|\U000323b0|\U0001f6d8|a\u0899\u0301|e\u0301\u0323|\U000105d2\u0307|\u2e52|\u166d|ʕ|ſ|"
    "'ſ|'K|ΑΣ|ς|ß|क्ष|\u200d|\u1100\u1161\u11a8|\u115f|\u0378|\ue000|\u00ad|\u2028|\r|ｶﾞ|①|e\u0301|\u3000|foo|Foo| ǘ|u\u0308\u0301|ǘ foo|<tok>|"
    "x<tok>y| <tok>  |  foo |<s>foo|abab|$|`|                "
).split("|")

# Where JavaScript, or the JavaScript library, reads otherwise.
SAID = [
    "\ufeff a\u0085",
    "\u0085a \ufeff",
    "it'ſabc 'K 'Sabc's ABCdef 12345 a=b;//\r\n\r\n",
    "abababaabab aab bfoofo abcd dcba xy streamed",
    "aXYb cЖd 你 好x \ufb01 hello(yel\u00adlow \U0001f44d\U0001f3fd \ufb01\u0301\u0301",
    "\n\n 文 \U00020000x\u2028\U0002a700",
    "foo <tok>  foo,xfoo foo1 \tǘ <tok>foo   x\n <tok> \u2028u\u0308\u0301 abfoo  ab  <tok>",
    "ΑΣ Σας SS ß İI",
    "a\u0899\u0301 e\u0301\u0323 x\U000105d2\u0307",
    "\t\t\n\n x  \n\u00a0y\n ",
    "ʕAʕa\u088fb \U000323b0c a\u200db\u2e52c\u166d",
]


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


def word_piece(lowercase, longest=100):
    """As the Chinese GPT-2 models have it."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=longest))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=340, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special])
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    return tokenizer


def characters(unk_token=None, fuse_unk=False, pre=None, normalizer=None, added=()):
    """Byte-pair encoding of characters, of which it knows some."""
    tokenizer = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(vocab_size=90, special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator(LINES[:1], trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = list(map(tuple, model["merges"]))
    tokenizer.model = models.BPE(model["vocab"], merges, unk_token=unk_token, fuse_unk=fuse_unk)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_tokens(list(added))
    return tokenizer


def merge_order(**options):
    vocabulary = {piece: id for id, piece in enumerate("a|b|c|d|bc|ab|bcd|abc|dcba|dd|cdd|▁".split("|"))}
    merges = [("b", "c"), ("a", "b"), ("bc", "d"), ("a", "bc"), ("c", "dd")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, **options))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def unigram_of(scores, normalizer=None, pre=None):
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), *scores], 0))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre or pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="never")
    return tokenizer


def character_map(rules):
    """What SentencePiece compiles of its normalization rules: code points, a tab, code points."""
    model = io.BytesIO()
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.writelines(f"{rule}\n" for rule in rules)
        file.flush()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(LINES),
            model_writer=model,
            vocab_size=200,
            hard_vocab_limit=False,
            normalization_rule_tsv=file.name,
            minloglevel=2,
        )
    specification = sentencepiece_model_pb2.ModelProto.FromString(model.getvalue()).normalizer_spec
    return normalizers.Precompiled(specification.precompiled_charsmap)


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
        "cl100k": byte_level(then_bytes(split(CL100K))),
        "deepseek": byte_level(then_bytes(*map(split, DEEPSEEK))),
        "inverted": byte_level(
            then_bytes(
                pre_tokenizers.Split(Regex(r"\p{L}+"), "merged_with_previous", invert=True),
                pre_tokenizers.Split("e", "contiguous", invert=True),
            )
        ),
        "atomic": byte_level(
            then_bytes(split(r"(?i:'(?:[sdmt]|ll|ve|re|k))|(?>\s+)$|(?>[ab]+b)|\s*[\r\n]|\p{L}", "merged_with_next"))
        ),
        "empty-matches": byte_level(then_bytes(split("x*", "merged_with_next"), split(r"(?![^\n])"))),
        "lower-case": byte_level(normalizer=normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase()])),
        "stripped": byte_level(normalizer=normalizers.Strip()),
        "stripped-left": byte_level(
            normalizer=normalizers.Sequence(
                [normalizers.Strip(right=False), normalizers.Prepend("x"), normalizers.Replace(Regex(r"\A\z"), "y")]
            )
        ),
        "byte-level-normalizer": byte_level(
            split(r"Ġ?[^Ġ]+"), normalizers.ByteLevel(), added=[AddedToken("ǘ foo", normalized=True)]
        ),
        "added-tokens": byte_level(
            normalizer=normalizers.NFC(),
            added=[
                AddedToken("<tok>", lstrip=True, rstrip=True, normalized=False, special=True),
                AddedToken("foo", single_word=True, normalized=False),
                AddedToken("ǘ", single_word=True, lstrip=True),
                AddedToken("  ", rstrip=True, normalized=False),
                AddedToken("\n"),
                AddedToken("\u2028", lstrip=True, normalized=False),
                AddedToken("<tok>foo", normalized=False),
            ],
        ),
        "added-tokens-prepended": sentence_piece(
            llama2,
            added=[
                AddedToken("foo", normalized=True),
                AddedToken("<tok>", lstrip=True, normalized=False),
                AddedToken("ab", rstrip=True, normalized=False),
            ],
        ),
        "metaspace-first": sentence_piece(
            normalizers.Sequence([normalizers.NFC(), normalizers.Replace("x", "y")]),
            pre_tokenizers.Sequence([split(r"\d+"), pre_tokenizers.Metaspace(prepend_scheme="first")]),
            added=[AddedToken("foo"), AddedToken("<tok>", normalized=False)],
        ),
        "merge-order": merge_order(),
        "merge-order-whole": merge_order(ignore_merges=True),
        "merge-order-end": merge_order(end_of_word_suffix="d"),
        "characters": characters(),
        "characters-whole": characters(
            normalizer=normalizers.Replace(Regex("x+"), "$&$1"), added=[AddedToken("foo", lstrip=True), AddedToken("<tok>foo")]
        ),
        "characters-unknown": characters("<unk>", pre=pre_tokenizers.WhitespaceSplit()),
        "characters-fused": characters("<unk>", True, pre_tokenizers.Split(" ", "merged_with_next")),
        "word-piece": word_piece(False),
        "word-piece-lower-case": word_piece(True, longest=6),
        "unigram-ties": unigram_of([(piece, -1.0 * len(piece)) for piece in "a|b|ab|aa|ba|aba|bab|f|o|fo|oo|▁".split("|")]),
        "unigram-unknown": unigram_of(
            [("x", 5.0), ("xy", -20.0), *((piece, -1.0) for piece in "▁|a|e|f|i|l|o|lo|w|\U0001f44d".split("|"))],
            character_map(["FB01\t66 69", "65 301\tE9", "3000\t20", "AD\t", "1F44D 1F3FD\t1F44D", "28\t5B"]),
            pre_tokenizers.WhitespaceSplit(),
        ),
        "unigram": unigram(),
        "unigram-bytes": sentence_piece(
            None, pre_tokenizers.Metaspace(prepend_scheme="always", split=False), unigram=True
        ),
    }


def text_of(tokenizer: Tokenizer, id: int) -> str:
    """A token's own text: decoded behind another one, since decoders drop the first token's leading space."""
    first = tokenizer.token_to_id("a")
    text = tokenizer.decode([first, id], skip_special_tokens=False)[1:]
    # WordPiece has no spaces in its tokens; its decoder puts them between words.
    return text.removeprefix(" ") if isinstance(tokenizer.model, models.WordPiece) else text


def pieces_of(tokenizer: Tokenizer, text: str) -> list[str]:
    return [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]


def ranges(characters) -> str:
    found = []
    for character in characters:
        if found and found[-1][1] == character - 1:
            found[-1][1] = character
        else:
            found.append([character, character])
    return " ".join(f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in found)


def steps():
    """Steps by which each character is told apart: [step, what stands before it, what behind]."""
    yield from ((pre_tokenizers.Split(Regex(name), "isolated"), "", "\0") for name in (r"\p{L}", r"\p{N}", r"\s"))
    yield pre_tokenizers.Split(Regex(r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"), "isolated"), "", "\0"
    yield pre_tokenizers.Split(Regex(r"[\p{P}\p{S}]"), "isolated"), "", "\0"
    yield pre_tokenizers.Split(Regex(r"(?i:[s-t]|k)"), "isolated"), "", "\0"
    yield pre_tokenizers.Digits(True), "a", "a"
    yield pre_tokenizers.Punctuation("isolated"), "a", "a"
    yield pre_tokenizers.Whitespace(), "a", "a"
    yield pre_tokenizers.WhitespaceSplit(), "a", "a"
    yield from ((normalizers.NFC(), before, behind) for before, behind in (("a", ""), ("a", "\u0334"), ("a\u0345", "")))
    yield normalizers.NFKC(), "", ""
    yield normalizers.NFKD(), "", ""
    yield normalizers.Lowercase(), "", "a"
    yield normalizers.Strip(), "", "a"
    yield normalizers.BertNormalizer(handle_chinese_chars=False, strip_accents=False, lowercase=False), "a", "a"
    yield normalizers.BertNormalizer(clean_text=False, strip_accents=True, lowercase=False), "a", "a"


def characters_of(step, before: str, behind: str) -> dict:
    normalizes = isinstance(step, normalizers.Normalizer)
    def changes(text: str) -> bool:
        if normalizes:
            return step.normalize_str(text) != text
        return len(step.pre_tokenize_str(text)) != 1

    changed = [c for c in range(0x20000) if not 0xD800 <= c < 0xE000 and changes(f"{before}{chr(c)}{behind}")]
    kind = "normalizer" if normalizes else "pre_tokenizer"
    part = json.loads(step.__getstate__())
    return {"step": kind, "part": part, "before": before, "behind": behind, "characters": ranges(changed)}


def main() -> None:
    chosen = random.Random(1)
    texts = ["", " ", "  ", "a", " a", "<s>", "Hello world", " Hello  world "]
    texts += SAID
    texts += ["".join(chosen.choices(ATOMS, k=chosen.randint(1, 9))) for _ in range(20)]
    with (Path(__file__).parent / "tokenizers.jsonl").open("w", encoding="utf-8") as file:
        for name, tokenizer in tokenizers().items():
            cases = []
            for text in texts:
                ids = tokenizer.encode(text).ids
                cases.append([text, ids, [text_of(tokenizer, id) for id in ids]])
            pieces = [[text, pieces_of(tokenizer, text)] for text in SAID if tokenizer.pre_tokenizer]
            line = {"name": name, "tokenizer": json.loads(tokenizer.to_str()), "cases": cases, "pieces": pieces}
            file.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")
    with (Path(__file__).parent / "characters.jsonl").open("w", encoding="utf-8") as file:
        for step, before, behind in steps():
            file.write(json.dumps(characters_of(step, before, behind)) + "\n")


if __name__ == "__main__":
    main()
