"""Time and peak memory of what others do, beside ours: see README.md. `python test/bench/peers/peers.py --help`."""

import argparse
import contextlib
import importlib.metadata
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PACKAGES = ["torch", "transformers", "transformer-lens", "captum", "lxt", "inseq"]
# Milliseconds from which a run is not repeated.
PATIENCE = 10_000
GPT2_SMALL = "gpt2 gpt2-small --width 768 --layers 12 --heads 12 --vocabulary 50257 --context 1024"


@dataclass(frozen=True)
class Case:
    """`ours` is what answers the nearest question here; both run in a process of their own."""

    title: str
    peer: str
    name: str
    ours: str


PLAIN = Case("transformers, sdpa, logits of the last position", "transformers_peer", "sdpa", "plain graph")
CASES = [
    Case("transformers, eager", "transformers_peer", "eager", "plain graph"),
    Case("transformers, sdpa, logits of all positions", "transformers_peer", "sdpa, all logits", "plain graph"),
    Case("transformers: generate, 64 tokens", "transformers_peer", "generate, 64 tokens", "answer of 64 tokens"),
    Case("TransformerLens: run_with_cache", "transformer_lens_peer", "run_with_cache", "traced forward pass"),
    Case(
        "TransformerLens: run_with_cache, logit_attrs of layers",
        "transformer_lens_peer",
        "run_with_cache + logit_attrs",
        "FROZEN layers and heads",
    ),
    Case(
        "TransformerLens: run_with_cache, logit_attrs of head results",
        "transformer_lens_peer",
        "run_with_cache + head results",
        "FROZEN layers and heads",
    ),
    Case(
        "TransformerLens: bridge, run_with_cache",
        "transformer_lens_peer",
        "bridge: run_with_cache",
        "traced forward pass",
    ),
    Case("autograd: input × gradient, sdpa", "autograd_peer", "sdpa", "GRADIENT"),
    Case("autograd: input × gradient, eager", "autograd_peer", "eager", "GRADIENT"),
    Case("Captum: InputXGradient", "captum_peer", "InputXGradient", "GRADIENT"),
    Case(
        "Captum: IntegratedGradients, 32 steps",
        "captum_peer",
        "IntegratedGradients",
        "INTEGRATED_GRADIENTS, 32 steps",
    ),
    Case("LXT: AttnLRP", "lxt_peer", "AttnLRP", "ATTN_LRP"),
    Case("Inseq: input_x_gradient", "inseq_peer", "input_x_gradient", "GRADIENT"),
    Case("Tributary: traced forward pass", "tributary.ts", "traced forward pass", "traced forward pass"),
    Case("Tributary: FROZEN tokens", "tributary.ts", "FROZEN tokens", "FROZEN tokens"),
    Case("Tributary: FROZEN everything", "tributary.ts", "FROZEN everything", "FROZEN everything"),
    Case(
        "Tributary: circulation of the last token",
        "tributary.ts",
        "circulation of the last token",
        "circulation of the last token",
    ),
    Case("Tributary over HTTP: FROZEN tokens", "tributary_peer", "FROZEN tokens", "FROZEN tokens"),
    Case("Tributary over HTTP: FROZEN everything", "tributary_peer", "FROZEN everything", "FROZEN everything"),
]


class Failed(Exception):
    pass


class Peer:
    """A process that runs one case, when it is asked to."""

    def __init__(self, case: Case, checkpoint: Path, threads: int, node: str):
        peer = case.peer
        script = [node, str(HERE / peer)] if peer.endswith(".ts") else [sys.executable, str(HERE / "host.py"), peer]
        # As runners have it (src/jobs/runner-process.ts); python keeps what it is used to.
        keep = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**33), "MALLOC_TOP_PAD_": str(2**26)}
        environment = {**os.environ, "PEERS_NODE": node, "OMP_NUM_THREADS": str(threads), "NODE_NO_WARNINGS": "1"}
        self.process = subprocess.Popen(
            [*script, case.name, str(checkpoint), str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**environment, **(keep if peer.endswith(".ts") else {})},
        )
        self.told()

    def told(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"its process ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def ask(self, **asked: object) -> dict:
        # Where it is gone, what it said last says why.
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        return self.told()

    def peak(self) -> float:
        """Gigabytes that it had at the most so far."""
        return self.ask(peak=True)["bytes"] / 1e9

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()


@dataclass
class Row:
    title: str
    ours: str
    length: int
    milliseconds: float | None = None
    to_plain: float | None = None
    to_ours: float | None = None
    gigabytes: float | None = None
    memory_to_plain: float | None = None
    memory_to_ours: float | None = None
    note: str | None = None


Start = Callable[[Case], Peer]


class Plain:
    """transformers' plain pass, that every case is measured beside."""

    def __init__(self, start: Start, lengths: list[int]):
        self.peer = start(PLAIN)
        self.peaks = {}
        for length in lengths:
            self.peer.ask(length=length)
            self.peaks[length] = self.peer.peak()


def measure(
    case: Case, lengths: list[int], repetitions: int, start: Start, plain: Plain, clock: str
) -> Iterator[Row]:
    """The case, transformers' plain pass and ours, turn by turn. @param lengths ascending, so that peaks are of each"""
    peers: dict[str, Peer] = {"plain": plain.peer}
    failure: str | None = None
    try:
        peers["ours"] = start(Case(case.ours, "tributary.ts", case.ours, case.ours))
        peers["case"] = start(case)
    except Failed as failed:
        failure = str(failed)
    for length in lengths:
        row = Row(case.title, case.ours, length, note=failure)
        if failure is None:
            try:
                fill(row, peers, repetitions, plain, clock)
            except Failed as failed:
                row.note = failure = str(failed)
        yield row
    for name, peer in peers.items():
        if name != "plain":
            peer.close()


def fill(row: Row, peers: dict[str, Peer], repetitions: int, plain: Plain, clock: str) -> None:
    logits: list[float] = []

    def once(name: str) -> float:
        answer = peers[name].ask(length=row.length)
        if answer["logit"] is not None and not math.isnan(answer["logit"]):
            logits.append(answer["logit"])
        return answer[clock]

    # The first time warms up; what takes long is not repeated.
    first = {name: once(name) for name in peers}
    times = {name: [time] if time > PATIENCE else [] for name, time in first.items()}
    for _ in range(repetitions):
        for name in peers:
            if first[name] <= PATIENCE:
                times[name].append(once(name))
    medians = {name: statistics.median(values) for name, values in times.items()}
    peaks = {"plain": plain.peaks[row.length], **{name: peers[name].peak() for name in ("ours", "case")}}
    row.milliseconds, row.gigabytes = medians["case"], peaks["case"]
    row.to_plain, row.to_ours = medians["case"] / medians["plain"], medians["case"] / medians["ours"]
    row.memory_to_plain, row.memory_to_ours = peaks["case"] / peaks["plain"], peaks["case"] / peaks["ours"]
    if max(logits) - min(logits) > 1e-3 * max(map(abs, logits)):
        row.note = f"not the same model: logits from {min(logits):.4f} to {max(logits):.4f}"


def table(rows: list[Row]) -> list[str]:
    def number(value: float | None, digits: int) -> str:
        return "–" if value is None else f"{value:.{digits}f}"

    lines = []
    for length in sorted({row.length for row in rows}):
        head = ["time, ms", "/ transformers", "/ ours", "peak memory, GB", "/ transformers", "/ ours", "ours is"]
        lines += ["", f"T = {length}", "", f"| | {' | '.join(head)} |", f"| --- |{' --- |' * len(head)}"]
        for row in (row for row in rows if row.length == length):
            cells = [
                number(row.milliseconds, 0),
                number(row.to_plain, 2),
                number(row.to_ours, 2),
                number(row.gigabytes, 2),
                number(row.memory_to_plain, 2),
                number(row.memory_to_ours, 2),
                row.ours,
            ]
            lines.append(f"| {row.title} | {' | '.join(cells)} |")
        lines += [""] + [f"{row.title}: {row.note}" for row in rows if row.length == length and row.note]
    return lines


def versions() -> str:
    def version(package: str) -> str:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return "not installed"

    return ", ".join(f"{package} {version(package)}" for package in PACKAGES)


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures other packages and Tributary side by side on one checkpoint.")
    parser.add_argument("--checkpoint", type=Path, help="default: one of GPT-2 small's shape, with random weights")
    parser.add_argument("--lengths", default="64,256", help="tokens of the prompts; default: %(default)s")
    parser.add_argument("--repetitions", type=int, default=5, help="turns, of which the median counts; default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: %(default)s")
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="compares processor time, which others that use the machine hardly change; with --threads 1",
    )
    parser.add_argument("--only", default="", help="cases whose titles have one of these words in them, separated by commas")
    parser.add_argument("--json", type=Path, help="writes the rows; those that the file has of other cases are kept")
    options = parser.parse_args()
    clock = "processor" if options.processor_time else "milliseconds"
    lengths = sorted(int(word) for word in options.lengths.split(","))
    node = str(next(ROOT.glob("node_modules/node-*/bin/node"), shutil.which("node")))
    with tempfile.TemporaryDirectory() as models:
        checkpoint = options.checkpoint
        if checkpoint is None:
            environment = {**os.environ, "MODELS_DIR": models, "NODE_NO_WARNINGS": "1"}
            command = [node, "src/cli/models.ts", "init", *GPT2_SMALL.split()]
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
            checkpoint = Path(models) / "gpt2-small"
        kept = options.json and options.json.exists()
        rows = [Row(**row) for row in json.loads(options.json.read_text())] if kept else []

        def start(case: Case) -> Peer:
            return Peer(case, checkpoint.resolve(), options.threads, node)

        plain = Plain(start, lengths)
        asked = [word for word in options.only.lower().split(",") if word] or [""]
        for case in (case for case in [PLAIN, *CASES] if any(word in case.title.lower() for word in asked)):
            for row in measure(case, lengths, options.repetitions, start, plain, clock):
                print(f"{row.title}, T = {row.length}: {row.note or 'measured'}", file=sys.stderr, flush=True)
                rows = [one for one in rows if (one.title, one.length) != (row.title, row.length)] + [row]
                if options.json:
                    options.json.write_text(json.dumps([asdict(one) for one in rows], indent=2) + "\n")
        plain.peer.close()
    order = [case.title for case in [PLAIN, *CASES]]
    rows.sort(key=lambda row: order.index(row.title))
    time = "processor time" if options.processor_time else "time"
    print(f"{processor()}, {time}, {options.threads} threads of {os.cpu_count()} cores; {versions()}")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
