"""Telling a story while it is tested: ``step("Ada pastes the token")``."""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[str], None]] = []


def step(words: str) -> None:
    """Say what comes next. Under plain pytest it shows up with a failing test's output."""
    print(f"  {words}")
    for listener in _listeners:
        listener(words)


def listen(listener: Callable[[str], None]) -> None:
    """Be told of every step from now on."""
    _listeners.append(listener)
