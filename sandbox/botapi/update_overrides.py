"""Changes of updates to a bot, to simulate an older or newer Bot API server.

A program then gets unknown fields, new types of a union, and, from an older server, objects
without fields that it expects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


@dataclass(slots=True, kw_only=True)
class Override:
    """One change of a bot's updates.

    Attributes:
        kind: of updates ("message"); None for all.
        set: values by path; a path is made of the keys and list indexes from the update on
            ("message.forward_origin.type", "message.photo.0.width"). Missing objects are made.
        drop: paths of fields to remove.
        times: how many updates are left; None for no limit.
    """

    kind: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    times: int | None = None

    def apply(self, update: dict[str, Any]) -> None:
        for path, value in self.set.items():
            _set(update, path.split("."), value)
        for path in self.drop:
            _drop(update, path.split("."))


def overridden(overrides: list[Override], kind: str, update: dict[str, Any]) -> None:
    """Apply the overrides of its kind to an update, and count it."""
    for one in tuple(overrides):
        if one.kind not in (None, kind):
            continue
        one.apply(update)
        if one.times is not None:
            one.times -= 1
            if one.times <= 0:
                overrides.remove(one)


def _set(holder: Any, path: list[str], value: Any) -> None:
    for key, following in pairwise(path):
        inner = _get(holder, key)
        if not isinstance(inner, dict | list):
            inner = [] if following.isdecimal() else {}
            _put(holder, key, inner)
        holder = inner
    _put(holder, path[-1], value)


def _put(holder: Any, key: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[key] = value
    elif key.isdecimal():
        index = int(key)
        if index < len(holder):
            holder[index] = value
        else:
            holder.append(value)


def _get(holder: Any, key: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(key)
    if isinstance(holder, list) and key.isdecimal() and int(key) < len(holder):
        return holder[int(key)]
    return None


def _drop(holder: Any, path: list[str]) -> None:
    for key in path[:-1]:
        holder = _get(holder, key)
    if isinstance(holder, dict):
        holder.pop(path[-1], None)
    elif isinstance(holder, list) and _get(holder, path[-1]) is not None:
        del holder[int(path[-1])]
