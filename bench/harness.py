"""Runs a benchmark's arms in processes of their own, interleaved, and takes medians."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ARM_TIMEOUT = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One benchmark. ``at_least`` is the target ratio; None where it is only reported."""

    name: str
    about: str
    unit: str
    n: int
    rival_n: int
    """The baseline's size, smaller where it would take over a minute. Figures are per unit."""
    rounds: int
    less_is_better: bool
    at_least: float | None
    at_most: float | None = None
    loaded: bool = False
    """Ours is the loaded arm: the ratio is how much worse the load makes it."""
    needs_server: bool = True
    spread: tuple[str, ...] = ()
    """Figures reported for every round beside the median."""
    rival: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Measured figures; ``ratio`` is how many times better ours is."""

    name: str
    unit: str
    n: int
    ours: float
    rival: float
    ratio: float
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        own = {k: getattr(self, k) for k in ("name", "unit", "n", "ours", "rival", "ratio")}
        return json.dumps(own | self.extra)


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    ca: Path


@contextlib.contextmanager
def lean_server() -> Iterator[Server]:
    """A minimal Bot API in a process of its own; it ends when its standard input closes."""
    with tempfile.TemporaryDirectory(prefix="controlbot-bench-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.api_server", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert process.stdin
        try:
            port = int(process.stdout.readline())
            yield Server(f"https://127.0.0.1:{port}", Path(folder) / "ca.pem")
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def run_arm(bench: Bench, arm: str, n: int) -> dict[str, Any]:
    """One measurement in a fresh process, against a fresh server where it needs one."""
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-m", f"bench.{bench.name.replace('-', '_')}", arm, str(n)]
        if bench.needs_server:
            server = stack.enter_context(lean_server())
            command += [server.url, str(server.ca)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=ARM_TIMEOUT, check=False
        )
    if done.returncode:
        raise RuntimeError(f"{bench.name} {arm} failed:\n{done.stderr[-4000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def measure(bench: Bench, n: int | None = None) -> Outcome:
    """Run both arms ``rounds`` times, in alternation, and compare their medians."""
    ours_n = n or bench.n
    rival_n = bench.rival_n if n is None else max(1, n * bench.rival_n // bench.n)
    answers: dict[str, list[dict[str, Any]]] = {"ours": [], "rival": []}
    for round_number in range(bench.rounds):
        order = ("ours", "rival") if round_number % 2 == 0 else ("rival", "ours")
        for arm in order:
            answers[arm].append(run_arm(bench, arm, ours_n if arm == "ours" else rival_n))
    ours, rival = (median(a["value"] for a in answers[arm]) for arm in ("ours", "rival"))
    better = bench.less_is_better and not bench.loaded
    ratio = rival / ours if better else ours / rival
    extra: dict[str, Any] = {"rival_n": rival_n, "rounds": bench.rounds, "at_least": bench.at_least}
    if bench.at_most is not None:
        extra["at_most"] = bench.at_most
    for arm, prefix in (("ours", ""), ("rival", "rival_")):
        for key in answers[arm][0].keys() - {"value"}:
            extra[f"{prefix}{key}"] = round(median(a[key] for a in answers[arm]), 4)
        for key in bench.spread:
            if key in answers[arm][0]:
                extra[f"{prefix}{key}_rounds"] = [round(a[key], 4) for a in answers[arm]]
    return Outcome(
        name=bench.name,
        unit=bench.unit,
        n=ours_n,
        ours=round(ours, 4),
        rival=round(rival, 4),
        ratio=round(ratio, 2),
        extra=extra,
    )
