"""Logs internal errors by class and place, without users' texts.

An exception's text may quote its input: pydantic's ``input_value``, a KeyError's key, a
ValueError's text. So only the class and the traceback's places are logged.
"""

from __future__ import annotations

import traceback
from typing import Any

from structlog.typing import FilteringBoundLogger

DEEPEST = 12
"""Number of logged frames, the innermost last."""


def log_error(log: FilteringBoundLogger, event: str, error: BaseException, **values: Any) -> None:
    log.error(event, kind=type(error).__name__, at=places(error), **values)


def places(error: BaseException) -> list[str]:
    """``module.py:line function`` of each frame, also those of the cause."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    found = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    if error.__cause__ is not None:
        found += [f"caused by {type(error.__cause__).__name__}", *places(error.__cause__)]
    return found
