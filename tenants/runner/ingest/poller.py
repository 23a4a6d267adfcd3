"""Long-polls one bot in one task, and reacts to each kind of failure."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from tenants.domain.model import Observed
from tenants.runner.ingest.backoff import Backoff, StartPacer
from tenants.runner.ingest.ingest import Intake
from tenants.runner.ingest.poll_progress import PollProgress
from tenants.runner.runtime.runtime import Runtime
from tenants.runner.settings import RunnerSettings
from tenants.runner.supervision.refused_tokens import RefusedTokens
from tenants.runner.supervision.status_reporter import Reporter
from tenants.runner.webhook.registration import Webhooks
from tenants.support.metrics import Metrics
from tenants.telegram.get_updates import (
    AnotherPoller,
    PollFailed,
    TokenRefused,
    Updates,
    WebhookActive,
)

log = structlog.get_logger(__name__)

_MOST: Final = 100
"""Most updates that getUpdates returns."""
_BAD_REQUEST: Final = "http_400"
_SURE: Final = 2
"""Failures in a row until they are reported: a single one may be transient, or caused by our
own previous poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerDeps:
    """Dependencies shared by all pollers."""

    updates: Updates
    intake: Intake
    webhooks: Webhooks
    pacer: StartPacer
    refused: RefusedTokens
    reporter: Reporter
    metrics: Metrics
    settings: RunnerSettings


class Poller:
    """Long-polls one tenant's bot until it is cancelled."""

    __slots__ = (
        "_asked",
        "_backoff",
        "_kit",
        "_offset",
        "_progress",
        "_request",
        "_runtime",
        "_take_over",
        "_unreadable",
        "_up",
    )

    def __init__(self, runtime: Runtime, kit: PollerDeps, *, take_over: bool) -> None:
        self._runtime = runtime
        self._kit = kit
        self._take_over = take_over
        """The owner agreed that a foreign webhook is removed."""
        self._up = False
        self._offset: int | None = None
        self._asked = _MOST
        """How many updates the last poll asked for."""
        self._backoff = Backoff()
        self._unreadable = Backoff()
        self._request: asyncio.Timeout | None = None
        self._progress = runtime.worker.polls = PollProgress()

    @property
    def up(self) -> bool:
        """Whether Telegram has answered it once."""
        return self._up

    async def run(self) -> None:
        """Start in turn, then poll until cancelled."""
        while True:
            await self._poll()

    def refresh(self) -> None:
        """End the pending request: the next one asks for the kinds handled now."""
        if self._request is not None and not self._request.expired():
            self._request.reschedule(asyncio.get_running_loop().time())

    async def _poll(self) -> None:
        await self._pace()
        try:
            raws = await (self._long() if self._up else self._first())
        except PollFailed as failure:
            await self._wait_after(failure)
            return
        self._up = True
        # The owner's consent does not cover webhooks set from now on.
        self._take_over = False
        await self._take(raws)

    async def _first(self) -> list[msgspec.Raw]:
        """A short poll, in turn with the other starting bots."""
        async with self._kit.pacer.turn():
            try:
                raws = await self._get(0)
            except PollFailed as failure:
                if failure.kind == "flood":
                    self._kit.pacer.refused(self._runtime.id)
                raise
        self._kit.pacer.accepted()
        return raws

    async def _long(self) -> list[msgspec.Raw]:
        """A long poll; after a failure a short one, to see whether it is over."""
        return await self._get(0 if self._backoff.failures else self._kit.settings.poll_timeout)

    async def _pace(self) -> None:
        """Delay the next poll; Telegram keeps the updates meanwhile."""
        await self._runtime.worker.room()
        await self._runtime.bucket.wait()

    async def _get(self, wait: int) -> list[msgspec.Raw]:
        limit = self._asked = self._limit()
        self._progress.asked(time.monotonic())
        try:
            async with asyncio.timeout(None) as self._request:
                return await self._kit.updates.get(
                    self._runtime.token,
                    offset=self._offset,
                    limit=limit,
                    wait=wait,
                    allowed=self._runtime.context.features.allowed_updates,
                )
        except TimeoutError:
            self._progress.failed()
            return []
        except PollFailed:
            self._progress.failed()
            raise
        finally:
            self._request = None

    def _limit(self) -> int:
        """What the tenant's rate allows; during a flood the maximum, because deferred or
        dropped updates do not count against the rate."""
        if self._runtime.deferred.any:
            return _MOST
        return max(1, min(_MOST, int(self._runtime.bucket.available())))

    async def _take(self, raws: list[msgspec.Raw]) -> None:
        self._backoff.reset()
        self._kit.reporter.report(self._runtime.id, Observed.ONLINE)
        last = await self._kit.intake.take(self._runtime, raws)
        self._progress.taken(all_there_was=len(raws) < self._asked and self._runtime.pages is None)
        if raws and last is None and self._runtime.open:
            # Nothing can be acknowledged, so Telegram would resend the same at once.
            await self._rest()
        else:
            self._unreadable.reset()
        # After an empty answer everything is confirmed, and the next poll has no offset:
        # update_id may restart at any value after a week without updates.
        self._offset = None if last is None else last + 1
        if last is not None:
            self._runtime.seen.acknowledged()

    async def _rest(self) -> None:
        pause = self._unreadable.next()
        log.warning("no readable update in the batch", tenant=self._runtime.id)
        self._kit.metrics.intake_errors.labels("unreadable").inc()
        self._report(Observed.BACKING_OFF, "unreadable")
        await asyncio.sleep(pause)

    async def _wait_after(self, failure: PollFailed) -> None:
        """Report the failure and wait before the next poll."""
        self._kit.metrics.intake_errors.labels(failure.kind).inc()
        if isinstance(failure, TokenRefused):
            await self._wait_for_token()
            return
        if isinstance(failure, WebhookActive) and await self._remove_webhook():
            return
        if failure.kind == _BAD_REQUEST:
            self._offset = None  # Telegram would refuse the same offset again.
        pause = max(self._backoff.next(), failure.wait or 0.0)
        if self._backoff.failures >= _SURE or failure.wait:
            await self._tell(failure)
        await asyncio.sleep(pause)

    async def _wait_for_token(self) -> None:
        """Telegram may refuse a good token: ask again, soon and then less often."""
        good = await self._kit.refused.settle(self._runtime.id, self._runtime.context.bot)
        pause = self._backoff.next()
        await asyncio.sleep(pause if good else self._kit.settings.token_look_again)

    async def _tell(self, failure: PollFailed) -> None:
        if isinstance(failure, WebhookActive):
            host = await self._kit.webhooks.host_of(self._runtime)
            self._report(Observed.USED_ELSEWHERE, host)
        elif isinstance(failure, AnotherPoller):
            self._report(Observed.USED_ELSEWHERE)
        else:
            self._report(Observed.BACKING_OFF, failure.kind)

    async def _remove_webhook(self) -> bool:
        removed = await self._kit.webhooks.remove(self._runtime, any_host=self._take_over)
        self._take_over = False
        return removed

    def _report(self, observed: Observed, detail: str = "") -> None:
        self._kit.reporter.report(self._runtime.id, observed, detail)
