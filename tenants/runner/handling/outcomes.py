"""What follows when an update's handler has ended: done, retry, or dead letter."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from tenants.bot.effects import Effects
from tenants.domain.model import TenantId
from tenants.runner.handling.refused_updates import note_refusal
from tenants.runner.handling.retry_policy import Attempts, describe, frames
from tenants.runner.handling.worker_deps import WorkerDeps
from tenants.runner.inbox.queued_update import HandlerResult, QueuedUpdate
from tenants.store.inbox_sqlite import Aside, InboxState
from tenants.telegram.refusals import Decision, decide, retry_after

log = structlog.get_logger(__name__)


class ProcessDied(Exception):
    """Processes died while handling this update."""


class ChatScheduler(Protocol):
    """The worker's interface for outcomes. ``key`` is the chat's, ``unit`` an update or album."""

    def waits_behind(self, key: int, unit: list[QueuedUpdate]) -> bool:
        """Whether more updates of the chat wait for this unit."""
        ...

    def remove(self, key: int, unit: list[QueuedUpdate]) -> None:
        """The unit is finished; continue with its chat."""
        ...

    def retry_later(self, seconds: float, key: int) -> None:
        """Continue with the chat, from the same unit, after a pause."""
        ...

    def let_in_again(self, unit: list[QueuedUpdate]) -> None:
        """Allow it to be loaded from the inbox again, when it is requeued."""
        ...

    def start_task(self) -> None:
        """Handle what is ready."""
        ...


class Outcomes:
    """For one tenant: commits results, counts failures and dead-letters failing updates."""

    __slots__ = ("_attempts", "_crew", "_scheduler", "_tenant_id")

    def __init__(self, tenant_id: TenantId, crew: WorkerDeps, scheduler: ChatScheduler) -> None:
        self._tenant_id = tenant_id
        self._crew = crew
        self._scheduler = scheduler
        self._attempts = Attempts(crew.settings)

    def killed_processes(self, key: int, unit: list[QueuedUpdate], deaths: int) -> None:
        """``deaths`` processes died while handling it: it is dead-lettered."""
        log.error("update killed processes", tenant=self._tenant_id, deaths=deaths)
        self._attempts.given_up(unit[0])
        self._put_aside(key, unit, ProcessDied())

    def failed(
        self, key: int, unit: list[QueuedUpdate], effects: Effects, error: Exception
    ) -> None:
        decision = decide(error)
        if decision is Decision.HANDLED:
            note_refusal(self._tenant_id, unit[0], effects, error)
            self.finished(key, unit, effects)
            return
        for update in unit:
            self._crew.committer.failed(update)
        if decision is Decision.FAILED:
            self._failed(key, unit, error)
        else:
            self._not_now(key, unit, error, decision)

    def finished(
        self,
        key: int,
        unit: list[QueuedUpdate],
        effects: Effects,
        unparsed: Sequence[int] = (),
    ) -> None:
        """Effects are committed before the chat's next update, which may have to read them."""
        if not effects and not unparsed and len(unit) == 1:
            self._crew.committer.done(unit[0])
            self._handled(key, unit)  # Its task continues with what is ready.
            return

        def committed(error: BaseException | None) -> None:
            if error is not None:
                self._failed(key, unit, error)
            else:
                self._handled(key, unit)
                self._scheduler.start_task()

        aside = [unit[place].aside(InboxState.UNPARSED, self._crew.parser) for place in unparsed]
        waited_for = self._scheduler.waits_behind(key, unit)
        self._crew.committer.finish(
            HandlerResult(unit, effects, committed, aside=aside), urgent=waited_for
        )

    def _handled(self, key: int, unit: list[QueuedUpdate]) -> None:
        self._attempts.succeeded()
        self._observe(unit)
        self._scheduler.remove(key, unit)

    def _not_now(
        self, key: int, unit: list[QueuedUpdate], error: Exception, decision: Decision
    ) -> None:
        """An outage of Telegram or a refused token: retried later, not counted as a failure."""
        first = unit[0]
        if self._attempts.interrupted(first) == 1:
            log.warning(
                "handler interrupted",
                tenant=self._tenant_id,
                update=first.update_id,
                error=describe(error),
            )
        if decision is Decision.RETRY and self._attempts.is_given_up(first):
            self._put_aside(key, unit, error)
            return
        pause = max(self._attempts.pause(first.retries), retry_after(error))
        self._scheduler.retry_later(pause, key)

    def _failed(self, key: int, unit: list[QueuedUpdate], error: BaseException) -> None:
        first = unit[0]
        last_try = self._attempts.failed(first)
        self._crew.metrics.handler_errors.labels(type(error).__name__).inc()
        log.error(
            "handler failed",
            tenant=self._tenant_id,
            update=first.update_id,
            attempt=first.attempts,
            error=describe(error),
            frames=frames(error),
        )
        if last_try:
            self._put_aside(key, unit, error)
        else:
            self._scheduler.retry_later(self._attempts.pause(first.attempts), key)

    def _put_aside(self, key: int, unit: list[QueuedUpdate], error: BaseException) -> None:
        """Dead-letter an update that keeps failing, so that its chat continues."""
        why = describe(error)
        self._scheduler.let_in_again(unit)

        def committed(failure: BaseException | None) -> None:
            if failure is not None:
                log.error("dead letter not stored", tenant=self._tenant_id, error=describe(failure))
            self._scheduler.remove(key, unit)
            self._scheduler.start_task()
            self._crew.quarantined(self._tenant_id, self._attempts.people_in_a_row)

        aside: list[Aside] = [update.aside(InboxState.QUARANTINED, why) for update in unit]
        self._crew.committer.finish(HandlerResult(unit, Effects(), committed, aside=aside))

    def _observe(self, unit: list[QueuedUpdate]) -> None:
        lag = time.time() - unit[0].received_ms / 1000
        self._crew.metrics.lag.observe(max(0.0, lag))
        self._crew.handled(self._tenant_id, len(unit))
