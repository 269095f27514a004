"""Tributary over HTTP, by the server that people start."""

import atexit
import itertools
import json
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from host import peak as peak_of

ROOT = Path(__file__).resolve().parents[3]
TOKENS = "target { token { text } logit } tokens { token { text } score } bias audit { passed }"
EVERYTHING = """tokens { score } bias target { logit } layers {
  attention { direct total } mlp { direct total } residual
  heads { direct total sources { shape base64 } } neurons { neuron position direct total }
} edges { layer head score weight }"""

started: list[subprocess.Popen] = []
atexit.register(lambda: [server.terminate() for server in started])


def asking(fields: str) -> Callable:
    def open_model(folder: Path, threads: int) -> Callable[[list[int]], float]:
        url = start(folder.parent, threads)
        query = f"""query ($input: LogitAttributionInput!) {{ logitAttribution(input: $input) {{
            ... on LogitAttribution {{ {fields} }} ... on Error {{ message }} }} }}"""
        # Another one each time: an answer that was given is not computed again.
        numbers = itertools.count()

        def run(ids: list[int]) -> float:
            tokens = [next(numbers) % 50_000, *ids[1:]]
            variables = {"input": {"model": folder.name, "prompt": {"tokenIds": tokens}}}
            body = json.dumps({"query": query, "variables": variables}).encode()
            request = urllib.request.Request(url, body, {"content-type": "application/json"})
            with urllib.request.urlopen(request) as response:
                answer = json.load(response)["data"]["logitAttribution"]
            if "message" in answer:
                raise RuntimeError(answer["message"])
            return float("nan")

        return run

    return open_model


def start(models: Path, threads: int) -> str:
    database = Path(tempfile.mkdtemp()) / "peers.db"
    settings = {"PORT": "0", "DATABASE_URL": f"file:{database}", "MODELS_DIR": str(models), "THREADS": str(threads)}
    settings["LOG_LEVEL"] = "warn"
    node = os.environ["PEERS_NODE"]
    server = subprocess.Popen(
        [node, "src/main.ts"],
        cwd=ROOT,
        env={**os.environ, **settings},
        # Node would make the pipe that the driver asks through one that does not wait.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    started.append(server)
    for line in server.stdout:
        if line.startswith("GraphQL: "):
            return line.split()[1]
    raise RuntimeError("the server did not start")


def processor() -> float:
    """Seconds that the server and the process that runs the model have computed for, to a hundredth."""
    server = started[0].pid
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    stats = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in (server, *children)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def peak() -> int:
    """Of the server and of the process that runs the model."""
    server = started[0].pid
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return peak_of(server) + max((peak_of(child) for child in children), default=0)


CASES = {"FROZEN tokens": asking(TOKENS), "FROZEN everything": asking(EVERYTHING)}
