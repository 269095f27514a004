"""Where passages of a text lie among its tokens, by the offsets that the reference library (tokenizers) tells.

    python test/reference/tokenizers/passages.py

Of the tokenizers in tokenizers.jsonl those that write every character. A token that has characters of a passage belongs to
it, one that has characters of two belongs to the first.
"""
import json
import random
from pathlib import Path

from tokenizers import Tokenizer

folder = Path(__file__).parent
names = """gpt2 gpt2-prefix-space gpt-neox llama3 qwen2 o200k bloom starcoder falcon llama2 llama2-end phi3 llama-metaspace
metaspace-split metaspace-first gemma cl100k deepseek lower-case bert-words""".split()
pieces = [
    "The cat sat.", " When Mary", "日本語 text", "a 👍🏽 b", "don't", "  two  spaces", "\n\nDoc 1: x", "Straße ", "ab", "É",
    "e\u0301", "123456", "hello world.", "!?\n", "über", "Mary and John",
]  # fmt: skip


def untrimmed(value):
    """Offsets of tokens that begin with a space have the space in them."""
    if isinstance(value, dict):
        return {key: False if key == "trim_offsets" else untrimmed(part) for key, part in value.items()}
    return [untrimmed(part) for part in value] if isinstance(value, list) else value


def places(passages, before, separator, offsets):
    found, start, taken = [], len(before), 0
    for passage in passages:
        end = start + len(passage)
        own = [at for at, (a, b) in enumerate(offsets) if at >= taken and a < b and b > start and a < end]
        taken = own[-1] + 1 if own else taken
        found.append([own[0], taken] if own else [taken, taken])
        start = end + len(separator)
    return found


random.seed(1)
with open(folder / "passages.jsonl", "w") as out:
    for line in open(folder / "tokenizers.jsonl"):
        described = json.loads(line)
        if described["name"] not in names:
            continue
        tokenizer = Tokenizer.from_str(json.dumps(untrimmed(described["tokenizer"])))
        cases = []
        for _ in range(12):
            passages = [random.choice(pieces) + random.choice(["", *pieces]) for _ in range(random.randint(1, 4))]
            before, after = random.choice(["", "Read: ", "Q\n"]), random.choice(["", " So", " ?", "\nA:"])
            separator = random.choice(["\n\n", " ", "", "; "])
            offsets = tokenizer.encode(before + separator.join(passages) + after).offsets
            prompt = {"before": before, "passages": passages, "separator": separator, "after": after}
            cases.append({"prompt": prompt, "places": places(passages, before, separator, offsets)})
        print(json.dumps({"name": described["name"], "cases": cases}, ensure_ascii=False), file=out)
