"""How often an update is tried again, by whose fault it failed."""

from __future__ import annotations

import math
from typing import Final

from aiogram.exceptions import (
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from tenants.runner.settings import RunnerSettings

_LONGEST: Final = 60.0
_TELEGRAMS = (TelegramNetworkError, TelegramRetryAfter, TelegramServerError)


def is_telegrams(error: BaseException) -> bool:
    """Whether Telegram could not be reached, was overloaded or refused the token: then the
    update is as good as any, and would be put aside for nothing."""
    return isinstance(error, (*_TELEGRAMS, TelegramUnauthorizedError))


def tries(error: BaseException, settings: RunnerSettings) -> float:
    """After how many tries an update that failed so is quarantined.

    With a refused token it waits for another one, which starts the bot anew.
    """
    if isinstance(error, TelegramUnauthorizedError):
        return math.inf
    return settings.outage_attempts if isinstance(error, _TELEGRAMS) else settings.attempts


def pause(attempts: int, settings: RunnerSettings) -> float:
    """Seconds until the next try."""
    return min(_LONGEST, settings.retry_delay * 2.0 ** min(attempts - 1, 30))
