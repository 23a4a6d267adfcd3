"""A bot's usage in the last 24 hours, as text lines with bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tenants.bot.message_counter import DROPPED, RECEIVED, SENT, UNDELIVERED
from tenants.i18n.translator import Markup, Translator
from tenants.i18n.translator import mark as _
from tenants.services.tenant_queries import Usage

_BARS: Final = "▁▂▃▄▅▆▇█"
_GROUP: Final = 2
"""Hours per bar: twelve bars fit beside a number on a phone."""
_SIGNS_OF_LIFE: Final = (RECEIVED, SENT, DROPPED, "updates_accepted", "sends")
_ISOLATE, _POP = "\u2066", "\u2069"
"""Keeps the time axis left to right in right-to-left texts, without changing the direction of
their line (LRI and PDI, https://www.unicode.org/reports/tr9/)."""


def bars(hours: Sequence[int]) -> str:
    """The bars, scaled to their own maximum."""
    sums = [sum(hours[at : at + _GROUP]) for at in range(0, len(hours), _GROUP)]
    top = max(sums, default=0)
    steps = len(_BARS) - 1
    return "".join(_BARS[-(-amount * steps // top) if top else 0] for amount in sums)


def progress_bar(done: int, of: int) -> str:
    """Ten steps from 0 to ``of``."""
    filled = 10 * done // of if of else 0
    return _ISOLATE + "▓" * filled + "░" * (10 - filled) + _POP


def summary(tr: Translator, usage: Usage) -> Markup:
    """For the bot's owner: received, sent and undelivered messages."""
    if not any(map(usage.amounts.get, _SIGNS_OF_LIFE)):
        return tr(_("📊 Nothing happened in the last 24 hours."))
    lines = [tr(_("📊 Last 24 hours")), *_curves(tr, usage), *_lost(tr, usage)]
    return Markup("\n".join(lines))


def report(tr: Translator, usage: Usage) -> Markup:
    """For staff: the same, and errors."""
    return Markup("\n".join([summary(tr, usage), *_troubles(tr, usage)]))


def _curves(tr: Translator, usage: Usage) -> list[Markup]:
    """Relayed messages of visitors and delivered replies: counted in the transaction of their
    update, so that a crash loses none."""
    return [
        tr(
            _("<code>{bars}</code> {n} received"),
            bars=_drawn(usage, RECEIVED),
            n=usage.amounts.get(RECEIVED, 0),
        ),
        tr(
            _("<code>{bars}</code> {n} sent"),
            bars=_drawn(usage, SENT),
            n=usage.amounts.get(SENT, 0),
        ),
    ]


def _drawn(usage: Usage, metric: str) -> Markup:
    return Markup(_ISOLATE + bars(usage.hours.get(metric, (0,) * 24)) + _POP)


def _lost(tr: Translator, usage: Usage) -> list[Markup]:
    """Updates of a flood that were dropped, and messages that Telegram refused."""
    lines = []
    if n := usage.amounts.get(DROPPED):
        lines.append(tr(_("🌊 {n} ignored, as somebody wrote too fast"), n=n))
    if n := usage.amounts.get(UNDELIVERED):
        lines.append(tr(_("📭 Not passed on (their authors were told): {n}"), n=n))
    return lines


def _troubles(tr: Translator, usage: Usage) -> list[Markup]:
    amounts = usage.amounts
    lines = []
    if amounts.get("errors"):
        lines.append(tr(_("🔴 {n} could not be handled"), n=amounts["errors"]))
    if amounts.get("send_errors"):
        lines.append(tr(_("🟡 Refused by Telegram: {n}"), n=amounts["send_errors"]))
    if amounts.get("blocked_ms"):
        lines.append(
            tr(
                _("🐌 Delayed other bots for {time}"),
                time=tr.duration(amounts["blocked_ms"] / 1000),
            )
        )
    return lines
