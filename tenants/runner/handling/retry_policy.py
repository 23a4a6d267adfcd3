"""How often an update is retried, and when a tenant's handlers count as failing."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Final

from tenants.runner.inbox.queued_update import QueuedUpdate
from tenants.runner.settings import RunnerSettings

_LONGEST: Final = 60.0
_KEPT_BY_TELEGRAM: Final = 24 * 3600.0
_FRAMES: Final = 6


class Attempts:
    """Counts one tenant's failures.

    Our own errors end an update's tries soon and count once per person, so that one visitor
    never quarantines the bot. Outages of Telegram do not count; an update that keeps failing
    while others are handled is dead-lettered in the end, and so is one that is a day old.
    """

    __slots__ = ("_people", "_settings", "_successes")

    def __init__(self, settings: RunnerSettings) -> None:
        self._settings = settings
        self._people: set[int] = set()
        self._successes = 0

    @property
    def people_in_a_row(self) -> int:
        """People whose updates were dead-lettered since the last handled update."""
        return len(self._people)

    def succeeded(self) -> None:
        self._successes += 1
        if self._people:
            self._people = set()

    def failed(self, update: QueuedUpdate) -> bool:
        """Count a try that failed by an error of ours. True when it was the last."""
        update.attempts += 1
        if update.attempts < self._settings.attempts:
            return False
        self.given_up(update)
        return True

    def given_up(self, update: QueuedUpdate) -> None:
        """Count an update dead-lettered by an error of ours."""
        self._people.add(update.person)

    def interrupted(self, update: QueuedUpdate) -> int:
        """Count a try that an outage of Telegram ended. Returns how many there were so far."""
        update.retries += 1
        if update.retries == 1 or self._successes > update.successes_before:
            update.counted_retries += 1
        update.successes_before = self._successes
        return update.retries

    def is_given_up(self, update: QueuedUpdate) -> bool:
        """Whether an update that outages keep from being handled is dead-lettered."""
        age = time.time() - update.received_ms / 1000
        return update.counted_retries >= self._settings.outage_attempts or age > _KEPT_BY_TELEGRAM

    def pause(self, tries: int) -> float:
        """Seconds until the next try."""
        return min(_LONGEST, self._settings.retry_delay * 2.0 ** min(tries - 1, 30))


def describe(error: BaseException) -> str:
    """An error for the store, the log and the admin panel: kind and place, not its text."""
    trace = _innermost(error.__traceback__)
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} in {code.co_qualname}, line {trace.tb_lineno}"


def frames(error: BaseException) -> list[str]:
    """The innermost stack frames, without values: an error's own text may quote what people
    wrote."""
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return found[-_FRAMES:]


def _innermost(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace
