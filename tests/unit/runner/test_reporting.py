"""What is seen of many tenants at once is told at a bounded rate, the latest state only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from tenants.domain.model import Observed, TenantId
from tenants.runner.supervision.status_reporter import Reporter
from tenants.store.tenants import Report
from tenants.support.metrics import Metrics

MANY = 10_000


class Stored:
    """Stands for the lifecycle service at its seam: what is stored, and what would be told."""

    def __init__(self) -> None:
        self.seen: dict[TenantId, Observed] = {}
        self.told: list[Report] = []
        self.fails = 0

    async def report_many(self, reports: Sequence[Report]) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("as asked")
        for report in reports:
            if self.seen.get(report.tenant_id) is not report.observed:
                self.seen[report.tenant_id] = report.observed
                self.told.append(report)


def reporter_over(stored: Stored) -> Reporter:
    reporter = Reporter(cast(Any, stored), Metrics())
    for number in range(MANY):
        stored.seen[TenantId(number)] = Observed.ONLINE
        reporter.prime(TenantId(number), Observed.ONLINE, "")
    reporter.start()
    return reporter


async def test_an_outage_that_passes_is_not_told_of_every_bot() -> None:
    """B11: 10,000 bots that fail and recover within seconds were 20,000 events."""
    stored = Stored()
    reporter = reporter_over(stored)
    for number in range(MANY):
        reporter.report(TenantId(number), Observed.BACKING_OFF, "timeout")
    await asyncio.sleep(0.5)
    for number in range(MANY):
        reporter.report(TenantId(number), Observed.ONLINE)
    await asyncio.sleep(1.0)
    assert 0 < len(stored.told) < 2_000
    await reporter.stop(0.1)


async def test_what_needs_a_person_is_told_first() -> None:
    stored = Stored()
    reporter = reporter_over(stored)
    for number in range(MANY - 1):
        reporter.report(TenantId(number), Observed.BACKING_OFF, "timeout")
    revoked = TenantId(MANY - 1)
    reporter.report(revoked, Observed.TOKEN_REVOKED)
    await asyncio.sleep(0.3)
    assert stored.seen[revoked] is Observed.TOKEN_REVOKED
    await reporter.stop(0.1)


async def test_a_report_that_was_not_stored_is_stored_later(monkeypatch: Any) -> None:
    monkeypatch.setattr("tenants.runner.supervision.status_reporter._AGAIN", 0.05)
    stored = Stored()
    reporter = reporter_over(stored)
    stored.fails = 2
    reporter.report(TenantId(1), Observed.BACKING_OFF, "timeout")
    reporter.report(TenantId(1), Observed.TOKEN_REVOKED)
    await asyncio.sleep(0.5)
    assert [report.observed for report in stored.told] == [Observed.TOKEN_REVOKED]
    await reporter.stop()
