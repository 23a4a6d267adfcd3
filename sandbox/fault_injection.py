"""Faults on demand: kinds, matching calls, number of times.

A fault is added by ``POST /sandbox/faults`` or :meth:`Faults.add`. Every value is checked, so
that a misspelt one is refused instead of never taking effect.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from itertools import count
from typing import Any

from sandbox.world.errors import ApiError
from sandbox.world.refusals import REFUSALS

BOT, MTPROTO = "bot", "mtproto"
PROTOCOLS = (BOT, MTPROTO)
_BOTH = PROTOCOLS


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of fault does, in which protocols, which fields it reads beside the scope
    (method, bot, times …), and which of them are required."""

    does: str
    protocols: tuple[str, ...] = (BOT,)
    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def _kind(does: str, *takes: str, protocols: tuple[str, ...] = (BOT,), needs: str = "") -> Kind:
    required = frozenset(needs.split())
    return Kind(does, protocols, frozenset(takes) | required, required)


KINDS = {
    # --- Refusals -----------------------------------------------------------------------------
    "refusal": _kind(
        "one of Telegram's refusals, by its name in sandbox.world.refusals",
        "seconds",
        "migrate_to",
        needs="refusal",
    ),
    "refused_after": _kind(
        "the call is done and refused all the same",
        "seconds",
        "migrate_to",
        needs="refusal",
    ),
    "partial": _kind(
        "only the first `count` of `message_ids` or `media` are done; then refused, or answered",
        "refusal",
        needs="count",
    ),
    "error": _kind("any error", "error_code", "description", protocols=_BOTH),
    "retry_after": _kind("429 or FLOOD_WAIT (seconds)", "seconds", protocols=_BOTH),
    "token_revoked": _kind("401 Unauthorized; with `times` it passes"),
    "conflict": _kind("409, another program polls", "description"),
    "http_status": _kind("an HTTP status with a proxy's HTML page", "status"),
    # --- The connection -----------------------------------------------------------------------
    "delay": _kind("the answer comes late (seconds)", protocols=_BOTH, needs="seconds"),
    "hang": _kind("no answer (for seconds, or for ever)", "seconds", protocols=_BOTH),
    "reset": _kind("the connection is reset before anything is done", protocols=_BOTH),
    "answer_lost": _kind("the call is done, then the connection is reset", protocols=_BOTH),
    "answer_late": _kind("the call is done, the answer comes late", needs="seconds"),
    "answer_cut": _kind("the call is done, then the connection is reset within the answer"),
    "restart": _kind(
        "all connections are closed; none is taken for a while (seconds)",
        "seconds",
        protocols=_BOTH,
    ),
    # --- Malformed answers --------------------------------------------------------------------
    "garbage": _kind("an answer nobody can parse", protocols=_BOTH),
    "bad_utf8": _kind("the call is done; its answer holds a byte that is not UTF-8"),
    "lone_surrogate": _kind("the call is done; its answer holds half of a surrogate pair"),
    "unknown_fields": _kind("the call is done; objects in its answer have unknown fields"),
    "unknown_update": _kind("the updates in the answer are of a kind nobody knows"),
    "unknown_type": _kind("unions in the answer (or only `field`) are of unknown types", "field"),
    "missing_field": _kind("`field` is left out wherever it occurs in the answer", needs="field"),
    "huge_ids": _kind("ids in the answer (or only `field`) are 2^63 and above", "field"),
    "clock_skew": _kind("dates in the answer are off (seconds, may be negative)", needs="seconds"),
    # --- MTProto ------------------------------------------------------------------------------
    "unknown_key": _kind("transport error -404", protocols=(MTPROTO,)),
    "session_revoked": _kind("401 on a live connection", protocols=(MTPROTO,)),
    "migrate": _kind("PHONE_MIGRATE", "description", protocols=(MTPROTO,)),
    "sent_code": _kind(
        "auth.sendCode's code comes another way (description: a value of SentBy)",
        protocols=(MTPROTO,),
        needs="description",
    ),
}
"""What each kind does and which fields it reads."""

ON_ANSWERS = frozenset(
    {
        "bad_utf8",
        "lone_surrogate",
        "unknown_fields",
        "unknown_update",
        "unknown_type",
        "missing_field",
        "huge_ids",
        "clock_skew",
    }
)
"""Kinds that change an answer, or an update sent to a webhook."""


class WrongFault(ApiError):
    """A fault that can never take effect as described: 400.

    Args:
        field: the field that is wrong.
        words: a sentence for the program that asked for it.
    """

    def __init__(self, field: str, words: str) -> None:
        super().__init__(400, f"Bad Request: {words}")
        self.field = field
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.

    Args:
        protocol: ``bot`` or ``mtproto``.
        kind: one of :data:`KINDS`.
        method: a method's name in any case; None or ``*`` for all. In the Bot API ``download``
            is a file's download and ``webhook`` an update's delivery (only of kinds in
            :data:`ON_ANSWERS`).
        token, bot, phone: only for this bot (by token or id) or this person.
        chat: only for calls whose ``chat_id`` is this.
        times: how often; None until cleared.
        skip: how many matching calls pass first.
        seconds: a duration, or for ``clock_skew`` an offset.
        status: for ``http_status``.
        error_code, description: for ``error``.
        refusal: for ``refusal`` and the like, a key of :data:`~sandbox.world.refusals.REFUSALS`.
        migrate_to: for the refusal ``group_upgraded``.
        count: for ``partial``.
        field: which field of the answer, for ``missing_field`` and the like.

    Raises:
        WrongFault: a value is not of its type or out of range, or the kind does not read it.
    """

    protocol: str = BOT
    kind: str
    method: str | None = None
    token: str | None = None
    bot: int | None = None
    phone: str | None = None
    chat: int | None = None
    times: int | None = None
    skip: int | None = None
    seconds: float | None = None
    status: int | None = None
    error_code: int | None = None
    description: str | None = None
    refusal: str | None = None
    migrate_to: int | None = None
    count: int | None = None
    field: str | None = None

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Fault:
        """Read the fields as ``POST /sandbox/faults`` takes them.

        Raises:
            WrongFault: 400, an unknown, missing or wrong field.
        """
        known = [one.name for one in fields(cls)]
        for name in body:
            if name not in known:
                raise WrongFault(name, f"a fault has no field '{name}', only {', '.join(known)}")
        for one in fields(cls):
            if one.default is MISSING and one.default_factory is MISSING and one.name not in body:
                raise WrongFault(one.name, f"'{one.name}' must be one of {', '.join(KINDS)}")
        given = {name: value for name, value in body.items() if value is not None}
        return cls(**{"kind": None, **given})

    def to_json(self) -> dict[str, Any]:
        """The fields that are set; the token masked."""
        plain = {name: value for name, value in asdict(self).items() if value is not None}
        if self.token is not None:
            plain["token"] = f"{self.token.partition(':')[0]}:•••"
        return plain

    def fits(
        self,
        protocol: str,
        method: str,
        *,
        token: str | None = None,
        bot_id: int | None = None,
        phone: str | None = None,
        chat_id: int | None = None,
    ) -> bool:
        """Whether the fault applies to a call."""
        if method == "webhook" and self.kind not in ON_ANSWERS:
            return False
        return (
            self.protocol == protocol
            and (self.method in (None, "*") or str(self.method).lower() == method.lower())
            and (self.token is None or self.token == token)
            and (self.bot is None or self.bot == bot_id)
            and (self.chat is None or self.chat == chat_id)
            and (self.phone is None or _digits(self.phone) == _digits(phone or ""))
        )


def _check(fault: Fault) -> None:
    if fault.protocol not in PROTOCOLS:
        raise WrongFault("protocol", f"'protocol' must be one of {', '.join(PROTOCOLS)}")
    kind = KINDS.get(fault.kind) if isinstance(fault.kind, str) else None
    if kind is None or fault.protocol not in kind.protocols:
        usable = [name for name, one in KINDS.items() if fault.protocol in one.protocols]
        raise WrongFault("kind", f"'kind' must be one of {', '.join(usable)}")
    for name, value in asdict(fault).items():
        if value is not None:
            _check_type(name, value)
    for name in sorted(kind.needs):
        if getattr(fault, name) is None:
            raise WrongFault(name, f"a fault of kind '{fault.kind}' needs '{name}'")
    _check_values(fault)


def _check_type(name: str, value: Any) -> None:
    if name == "seconds":
        fine = isinstance(value, int | float) and not isinstance(value, bool)
        if not fine or not math.isfinite(value):
            raise WrongFault(name, "'seconds' must be a number")
    elif name in _WHOLE:
        if not isinstance(value, int) or isinstance(value, bool):
            raise WrongFault(name, f"'{name}' must be a whole number")
    elif not isinstance(value, str) or not value:
        raise WrongFault(name, f"'{name}' must be a text that is not empty")


_WHOLE = ("bot", "chat", "times", "skip", "status", "error_code", "migrate_to", "count")


def _check_values(fault: Fault) -> None:
    if fault.times is not None and fault.times < 1:
        raise WrongFault("times", "'times' must be at least 1; leave it out for ever")
    for name in ("skip", "count"):
        if (getattr(fault, name) or 0) < 0:
            raise WrongFault(name, f"'{name}' must not be negative")
    if fault.seconds is not None and fault.seconds < 0 and fault.kind != "clock_skew":
        raise WrongFault("seconds", "'seconds' must not be negative")
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise WrongFault("status", "'status' must be from 200 to 599")
    lowest = 200 if fault.protocol == BOT else -599
    if fault.error_code is not None and not lowest <= fault.error_code <= 599:
        raise WrongFault("error_code", f"'error_code' must be from {lowest} to 599")
    if fault.refusal is not None and fault.refusal not in REFUSALS:
        raise WrongFault("refusal", f"'refusal' must be one of {', '.join(REFUSALS)}")


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())


class Faults:
    """Active faults; the first that matches a call applies."""

    def __init__(self) -> None:
        self._standing: dict[int, Fault] = {}
        self._left: dict[int, int] = {}
        self._to_skip: dict[int, int] = {}
        self._numbers = count(1)

    def add(self, fault: Fault) -> int:
        """Add a fault; returns its number."""
        number = next(self._numbers)
        self._standing[number] = fault
        if fault.times is not None:
            self._left[number] = fault.times
        if fault.skip:
            self._to_skip[number] = fault.skip
        return number

    def list(self) -> list[dict[str, Any]]:
        """Active faults as JSON, with ``id`` and how often they are ``left``."""
        return [
            {"id": number, **fault.to_json(), "left": self._left.get(number)}
            for number, fault in self._standing.items()
        ]

    def clear(self, number: int | None = None) -> None:
        """Remove one, or all."""
        for one in [number] if number is not None else list(self._standing):
            self._standing.pop(one, None)
            self._left.pop(one, None)
            self._to_skip.pop(one, None)

    def take(
        self,
        protocol: str,
        method: str,
        *,
        token: str | None = None,
        bot_id: int | None = None,
        phone: str | None = None,
        chat_id: int | None = None,
    ) -> Fault | None:
        """The fault that applies to this call, if any; it counts against ``times``."""
        for number, fault in list(self._standing.items()):
            if not fault.fits(
                protocol, method, token=token, bot_id=bot_id, phone=phone, chat_id=chat_id
            ):
                continue
            if self._to_skip.get(number, 0) > 0:
                self._to_skip[number] -= 1
                continue
            self._use(number)
            return fault
        return None

    def _use(self, number: int) -> None:
        if number in self._left:
            self._left[number] -= 1
            if self._left[number] <= 0:
                self.clear(number)
