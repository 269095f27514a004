"""Runs one case of one peer in a process of its own: `python host.py transformers_peer sdpa <checkpoint> <threads>`.

A line on standard input asks, a line on standard output answers, both JSON:

    {"length": 64}  ->  {"milliseconds": 87.1, "logit": 3.2}
    {"peak": true}  ->  {"bytes": 1100000000}

Before the first one it says {"ready": true}, or {"error": why}.
"""

import importlib
import json
import os
import sys
import time
import warnings
from pathlib import Path


def prompt(length: int) -> list[int]:
    """The same tokens that Tributary's own process is asked about."""
    return [(position * 37 + 13) % 251 for position in range(length)]


def peak(pid: int | str = "self") -> int:
    """Bytes that a process had at the most, pages of files included."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return 0


def main(module: str, case: str, folder: str, threads: int) -> None:
    # What libraries print is not for the driver.
    answers, sys.stdout = os.fdopen(os.dup(1), "w"), sys.stderr
    warnings.simplefilter("ignore")

    def say(answer: dict) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    try:
        peer = importlib.import_module(module)
        run = peer.CASES[case](Path(folder), threads)
        run(prompt(8))
        say({"ready": True})
        for line in sys.stdin:
            asked = json.loads(line)
            if "peak" in asked:
                say({"bytes": getattr(peer, "peak", peak)()})
                continue
            ids = prompt(asked["length"])
            started = time.perf_counter()
            logit = run(ids)
            say({"milliseconds": 1000 * (time.perf_counter() - started), "logit": logit})
    except Exception as error:  # a peer that fails is a row that says so
        say({"error": f"{type(error).__name__}: {error}".splitlines()[0]})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
