"""``python -m bench NAME [--n N] [--json]``, or ``python -m bench all --write FILE``."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.harness import Bench, Outcome, measure
from bench.registry import BENCHES, BY_NAME

NAMES = [*BY_NAME, "all"]
NOTES = Path(__file__).with_name("notes.md")
"""Text below the table: how to read it, and explanations of figures."""


@click.command()
@click.argument("name", type=click.Choice(NAMES))
@click.option("--n", type=click.IntRange(min=1), help="Size; the default fits in a minute.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a benchmark, last.")
@click.option("--write", type=click.Path(path_type=Path), help="Write a Markdown table.")
def main(name: str, n: int | None, as_json: bool, write: Path | None) -> None:
    """Measure NAME against its baseline, in this run, on this machine."""
    chosen = BENCHES if name == "all" else (BY_NAME[name],)
    outcomes = []
    for bench in chosen:
        outcome = measure(bench, n)
        outcomes.append((bench, outcome))
        click.echo(outcome.as_json() if as_json else sentence(bench, outcome))
    if write:
        write.write_text(table(outcomes), encoding="utf-8")


def wanted(bench: Bench) -> str:
    if bench.at_least is not None:
        return f"≥ {bench.at_least:g}"
    return f"≤ {bench.at_most:g}" if bench.at_most is not None else "reported"


def sentence(bench: Bench, outcome: Outcome) -> str:
    rounds = "".join(
        f"; {key.removesuffix('_rounds')} {min(values):g} to {max(values):g}"
        for key, values in sorted(outcome.extra.items())
        if key.endswith("_rounds")
    )
    return (
        f"{bench.name}: {outcome.ours:,} against {outcome.rival:,} {outcome.unit} "
        f"→ {outcome.ratio} (target {wanted(bench)}){rounds}"
    )


def table(outcomes: list[tuple[Bench, Outcome]]) -> str:
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`. Both sides of a row were measured in the same run, each in a",
        "process of its own, in alternation; figures are medians. Read them as ratios.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), "
        f"Python {platform.python_version()}.",
        "",
        "| bench | what | against | n | ours | baseline | unit | ratio | target |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {b.name} | {b.about} | {b.rival} | {o.n:,} | {o.ours:,} | {o.rival:,} | {o.unit} "
        f"| {o.ratio} | {wanted(b)} |"
        for b, o in outcomes
    ]
    return "\n".join([*lines, "", NOTES.read_text(encoding="utf-8").strip()]) + "\n"


if __name__ == "__main__":
    main()
