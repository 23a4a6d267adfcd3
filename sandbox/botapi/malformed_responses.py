"""Answers and updates changed by a fault into something a client may not expect."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from sandbox.fault_injection import Fault

NOVELTY = "sandbox_novelty"
"""A name that no version of the Bot API knows."""
BAD_BYTE = b"\xff"
LONE_SURROGATE = rb"\ud83d"
HUGE = 2**63
DATES = ("date", "edit_date", "forward_date")
IDS = ("id",)
UNIONS = (
    "forward_origin",
    "origin",
    "paid_media",
    "old_chat_member",
    "new_chat_member",
    "old_reaction",
    "new_reaction",
    "menu_button",
)
"""Fields whose objects are told apart by a discriminator."""
DISCRIMINATORS = ("type", "status", "source")
_A_TEXT = re.compile(rb'"(?:text|caption|first_name|description)":"')

Walker = Callable[[dict[str, Any]], dict[str, Any]]


def altered(fault: Fault, body: bytes) -> bytes:
    """An answer, or a single update, changed by the fault. A refusal is unchanged."""
    match fault.kind:
        case "bad_utf8":
            return _into_a_text(body, BAD_BYTE)
        case "lone_surrogate":
            return _into_a_text(body, LONE_SURROGATE)
    whole = msgspec.json.decode(body)
    if not isinstance(whole, dict) or whole.get("ok") is False:
        return body
    return msgspec.json.encode(_changed(fault, whole))


def _changed(fault: Fault, whole: dict[str, Any]) -> dict[str, Any]:
    update = "update_id" in whole
    result = whole if update else whole.get("result")
    result = _walk(result, _CHANGES[fault.kind](fault))
    return result if update and isinstance(result, dict) else {**whole, "result": result}


def _into_a_text(body: bytes, piece: bytes) -> bytes:
    """Into the newest text, or in front of everything as a field of its own."""
    places = list(_A_TEXT.finditer(body))
    if places:
        at = places[-1].end()
        return body[:at] + piece + body[at:]
    return b'{"description":"' + piece + b'",' + body[1:]


def _walk(value: Any, change: Walker) -> Any:
    """Every object of a JSON value changed, the inner ones first."""
    if isinstance(value, list):
        return [_walk(one, change) for one in value]
    if isinstance(value, dict):
        return change({name: _walk(one, change) for name, one in value.items()})
    return value


def _unknown_fields(_: Fault) -> Walker:
    return lambda found: {**found, NOVELTY: {"number": 1, "list": [{"text": "x"}]}}


def _unknown_update(_: Fault) -> Walker:
    def change(found: dict[str, Any]) -> dict[str, Any]:
        if "update_id" not in found:
            return found
        kinds = {name: one for name, one in found.items() if name != "update_id"}
        return {"update_id": found["update_id"], NOVELTY: kinds}

    return change


def _unknown_type(fault: Fault) -> Walker:
    unions = (fault.field,) if fault.field else UNIONS

    def renamed(found: Any) -> Any:
        if isinstance(found, list):
            return [renamed(one) for one in found]
        if not isinstance(found, dict):
            return found
        return {name: NOVELTY if name in DISCRIMINATORS else one for name, one in found.items()}

    def change(found: dict[str, Any]) -> dict[str, Any]:
        return {name: renamed(one) if name in unions else one for name, one in found.items()}

    return change


def _missing_field(fault: Fault) -> Walker:
    return lambda found: {name: one for name, one in found.items() if name != fault.field}


def _huge_ids(fault: Fault) -> Walker:
    fields = (fault.field,) if fault.field else IDS

    def huge(one: Any) -> Any:
        if isinstance(one, bool) or not isinstance(one, int):
            return one
        return one + HUGE if one >= 0 else one - HUGE

    return lambda found: {name: huge(one) if name in fields else one for name, one in found.items()}


def _clock_skew(fault: Fault) -> Walker:
    off = int(fault.seconds or 0)

    def shifted(name: str, one: Any) -> Any:
        dated = name in DATES and isinstance(one, int) and one > 0
        return max(one + off, 1) if dated else one

    return lambda found: {name: shifted(name, one) for name, one in found.items()}


_CHANGES: dict[str, Callable[[Fault], Walker]] = {
    "unknown_fields": _unknown_fields,
    "unknown_update": _unknown_update,
    "unknown_type": _unknown_type,
    "missing_field": _missing_field,
    "huge_ids": _huge_ids,
    "clock_skew": _clock_skew,
}
