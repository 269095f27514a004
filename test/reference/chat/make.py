"""
Chats as transformers writes them by chat templates in the style of well-known models, with tokenizers of ../tokenizers to
which the templates' tokens are added. Writes beside itself chat.json: {chats: [{template: a file of templates/, tokenizer: its
name there, added: tokens behind its own, special: what the template is told of, cases: [{messages: [[role, content], ...],
text, ids, spans: [[role, from, to], ...]} or {messages, error}]}], dates: [[format, text], ...] of DATE}.

A span has the tokens of which a part lies in the content, found in the text by a search: contents are not repeated, nor does a
template say what one of them does.

    .venv/bin/python test/reference/chat/make.py
"""

import json
from datetime import datetime
from pathlib import Path

from jinja2.exceptions import TemplateError
from tokenizers import AddedToken, Tokenizer
from transformers import PreTrainedTokenizerFast

FOLDER = Path(__file__).parent
DATE = datetime(2026, 1, 5, 7, 8, 9)
FORMATS = ["%d %b %Y", "%Y-%m-%d", "%A, %B %d, %Y at %I:%M:%S %p", "%a %-d/%-m/%y %H:%M, day %j, 100%%"]

CHATML = ["<|im_start|>", "<|im_end|>"]
ROLES = ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
LLAMA3 = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
# The template, the tokenizer, tokens that are added to it, special tokens that the template is told of.
CHATS = [
    ("chatml", "gpt2", CHATML, {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}),
    ("llama3", "llama3", LLAMA3, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}),
    ("mistral", "llama2", [], {"bos_token": "<s>", "eos_token": "</s>"}),
    ("gemma", "gemma", ["<start_of_turn>", "<end_of_turn>"], {"bos_token": "<s>", "eos_token": "</s>"}),
    ("phi3", "llama-metaspace", ROLES, {"eos_token": "</s>"}),
    ("zephyr", "unigram-bytes", [], {"eos_token": "</s>"}),
    ("thinking", "qwen2", CHATML, {"eos_token": "<|im_end|>"}),
]
MESSAGES = [
    [("user", "Where does the river go?")],
    [("system", "Say it in three words."), ("user", "Where does the river go?")],
    [
        ("user", "Der Fluß fließt über die Brücke 😀"),
        ("assistant", "Река течёт к морю."),
        ("user", "  def f(x):\n    return x + 1\n\n"),
    ],
    [("system", "Short."), ("user", "Hello"), ("assistant", "  It gives.  "), ("user", "And the sea?\n")],
    [("user", "Don't you?"), ("assistant", "The stream takes")],
    [("user", "Don't you?"), ("assistant", "The stream takes \n")],
    [("user", "12345"), ("assistant", "<think>\nNumbers, numbers.\n</think>\n\nThat is 67."), ("user", "Why?")],
    [("user", "12345"), ("assistant", "<think>\nNumbers, numbers.\n</think>\n\nThat is 67.")],
    [("user", "Say <|im_end|> and </s> as they are, 你好."), ("assistant", "No."), ("user", "ok…")],
    [("user", "first"), ("user", "second")],
    [("assistant", "It begins"), ("user", "with me")],
    [("tool", "{}")],
]


def spans_of(messages, text, offsets):
    spans = []
    for role, content in messages:
        content = content.strip()
        if text.count(content) != 1:
            return None
        start = text.index(content)
        tokens = [i for i, (a, b) in enumerate(offsets) if a < start + len(content) and b > start and b > a]
        spans.append([role, tokens[0], tokens[-1] + 1])
    return sorted(spans, key=lambda span: span[1])


def case_of(tokenizer, messages):
    case = {"messages": [list(message) for message in messages]}
    chat = [{"role": role, "content": content} for role, content in messages]
    goes_on = messages[-1][0] == "assistant"
    how = {"add_generation_prompt": not goes_on, "continue_final_message": goes_on}
    try:
        text = tokenizer.apply_chat_template(chat, tokenize=False, **how)
    except TemplateError as error:
        return case | {"error": str(error)}
    except ValueError:
        return case | {"error": "does not write the last message as it is"}
    ids = tokenizer.apply_chat_template(chat, tokenize=True, return_dict=False, **how)
    read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    assert read["input_ids"] == ids
    return case | {"text": text, "ids": ids, "spans": spans_of(messages, text, read["offset_mapping"])}


def main() -> None:
    lines = (FOLDER.parent / "tokenizers" / "tokenizers.jsonl").read_text(encoding="utf-8").strip().split("\n")
    files = {line["name"]: line["tokenizer"] for line in map(json.loads, lines)}
    chats = []
    for template, name, added, special in CHATS:
        base = Tokenizer.from_str(json.dumps(files[name]))
        base.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in added])
        source = (FOLDER / "templates" / f"{template}.jinja").read_text(encoding="utf-8")
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=base, chat_template=source, **special)
        cases = [case_of(tokenizer, messages) for messages in MESSAGES]
        chats.append({"template": template, "tokenizer": name, "added": added, "special": special, "cases": cases})
    dates = [[form, DATE.strftime(form)] for form in FORMATS]
    lines = ",\n".join(json.dumps(chat, ensure_ascii=False) for chat in chats)
    text = f'{{"dates": {json.dumps(dates)}, "chats": [\n{lines}\n]}}\n'
    (FOLDER / "chat.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
