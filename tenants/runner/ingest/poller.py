"""Polls one bot: one task, one held request, and a clear idea of what each refusal means."""

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
"""getUpdates gives no more at once."""
_BAD_REQUEST: Final = "http_400"
_SURE: Final = 2
"""Failures in a row until they are told: one is a hiccup, or our own poll from before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollerDeps:
    """What all pollers share."""

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
        """A webhook that stands in the way was agreed to be removed."""
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
        """Come up in turn, then poll until cancelled."""
        while True:
            await self._poll()

    def refresh(self) -> None:
        """End the held request: the next one asks for what is wanted now."""
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
        # A webhook that is set from now on was not agreed to.
        self._take_over = False
        await self._take(raws)

    async def _first(self) -> list[msgspec.Raw]:
        """A short poll, in turn with the other bots that come up."""
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
        """Held until something comes; after a failure at once, to see whether it is over."""
        return await self._get(0 if self._backoff.failures else self._kit.settings.poll_timeout)

    async def _pace(self) -> None:
        """Hold the intake back; Telegram keeps the rest."""
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
        """What the tenant's rate allows; behind a flood all there is, because what is deferred
        or dropped of it takes nothing from the rate."""
        if self._runtime.deferred.any:
            return _MOST
        return max(1, min(_MOST, int(self._runtime.bucket.available())))

    async def _take(self, raws: list[msgspec.Raw]) -> None:
        self._backoff.reset()
        self._kit.reporter.report(self._runtime.id, Observed.ONLINE)
        last = await self._kit.intake.take(self._runtime, raws)
        self._progress.taken(all_there_was=len(raws) < self._asked and self._runtime.pages is None)
        if raws and last is None and self._runtime.open:
            # Nothing that could be acknowledged: the same would come again at once.
            await self._rest()
        else:
            self._unreadable.reset()
        # After an empty answer everything is confirmed, and the next poll goes without an
        # offset: update_id may start anew anywhere after a quiet week.
        self._offset = None if last is None else last + 1
        if last is not None:
            self._runtime.seen.acknowledged()

    async def _rest(self) -> None:
        pause = self._unreadable.next()
        log.warning("a batch without a readable update", tenant=self._runtime.id)
        self._kit.metrics.intake_errors.labels("unreadable").inc()
        self._report(Observed.BACKING_OFF, "unreadable")
        await asyncio.sleep(pause)

    async def _wait_after(self, failure: PollFailed) -> None:
        """Say what happened, wait as long as it takes."""
        self._kit.metrics.intake_errors.labels(failure.kind).inc()
        if isinstance(failure, TokenRefused):
            await self._wait_for_token()
            return
        if isinstance(failure, WebhookActive) and await self._remove_webhook():
            return
        if failure.kind == _BAD_REQUEST:
            self._offset = None  # Whatever led to it, an offset that is refused leads nowhere.
        pause = max(self._backoff.next(), failure.wait or 0.0)
        if self._backoff.failures >= _SURE or failure.wait:
            await self._tell(failure)
        await asyncio.sleep(pause)

    async def _wait_for_token(self) -> None:
        """Telegram may be wrong about a token: it is asked again, soon and then later."""
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
