"""``controlbot doctor``: runs all checks and prints the results with advice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from rich.console import Console

from controlbot.cli.doctor import storage_checks, system_checks
from controlbot.cli.doctor.system_checks import CheckResult, State
from controlbot.settings import Settings

MARKS = {
    State.GOOD: "[green]✓[/]",
    State.NOTE: "[yellow]•[/]",
    State.BAD: "[red]✗[/]",
}


def examine(settings: Settings) -> bool:
    """Print a line for each result. Returns False if any is an error."""
    return asyncio.run(_examine(settings, Console(highlight=False, soft_wrap=True)))


async def _examine(settings: Settings, console: Console) -> bool:
    bad = 0
    async for finding in findings(settings):
        bad += finding.state is State.BAD
        console.print(f"{MARKS[finding.state]} {finding.what}: ", end="")
        console.print(finding.found, markup=False)
        if finding.remedy:
            console.print(f"    {finding.remedy}", markup=False)
    console.print("\nAll is well." if not bad else f"\n{bad} to put right.", markup=False)
    return not bad


async def findings(settings: Settings) -> AsyncIterator[CheckResult]:
    """All checks, in the order in which problems should be solved."""
    yield system_checks.python()
    yield system_checks.packages(settings)
    yield storage_checks.directory(settings)
    yield await storage_checks.master_key(settings)
    yield await storage_checks.database(settings)
    for finding in await system_checks.control_bot(settings):
        yield finding
    yield system_checks.owners(settings)
    yield await system_checks.mtproto_server(settings)
    yield system_checks.telegram_app(settings)
    yield system_checks.listening(settings)
