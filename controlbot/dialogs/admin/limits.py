"""A bot's limits: the throttle levels and custom values."""

from __future__ import annotations

from typing import Any, Final

from aiogram.types import CallbackQuery
from aiogram_dialog import DialogManager, Window

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.admin.common import done, named
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.texts.messages import THROTTLES
from controlbot.texts.reason_codes import speed_reason
from controlbot.widgets import DataText, TranslatedText, back, set_notice, window
from controlbot.widgets.lists import Line, choices, number
from tenants.domain.model import Throttle
from tenants.i18n.translator import Markup
from tenants.i18n.translator import mark as _

RATES: Final = (1, 5, 10, 30, 100, 300)
"""Updates per second offered as buttons."""
WIDTHS: Final = (1, 2, 4, 8, 16, 32)
"""Concurrent chats offered as buttons."""


def windows() -> list[Window]:
    return [_throttle(), _limits()]


def _throttle() -> Window:
    return window(
        Admin.throttle,
        [
            TranslatedText(_("🐢 <b>Speed of @{username}</b>")),
            DataText("levels_text"),
            TranslatedText(_("It takes effect within a second, and its owner is told.")),
        ],
        [choices("levels", _level_tapped, width=2, read=Throttle), back(Admin.card)],
        getter=[named, _levels],
    )


def _limits() -> Window:
    return window(
        Admin.limits,
        [
            TranslatedText(_("🎚 <b>Limits of @{username}</b>")),
            DataText("now"),
            TranslatedText(
                _(
                    "Above: messages a second. Below: chats at a time. More than that waits at "
                    "Telegram and is not lost. A change takes effect within a second."
                )
            ),
        ],
        [
            choices("rates", _rate_tapped, width=3, read=number),
            choices("widths", _width_tapped, width=3, read=number),
            back(Admin.card),
        ],
        getter=[named, _figures],
    )


async def _levels(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tr = scene.tr
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    return {
        "levels": [
            Line(key=level.value, label=("✓ " if level is tenant.throttle else "") + tr(label))
            for level, (label, _meaning) in THROTTLES.items()
        ],
        "levels_text": Markup(
            "\n".join(f"{tr(label)}: {tr(meaning)}" for label, meaning in THROTTLES.values())
        ),
    }


async def _level_tapped(
    _query: CallbackQuery, _select: Any, manager: DialogManager, level: Throttle
) -> None:
    scene = context_of(manager)
    tenant = await scene.services.lifecycle.set_throttle(
        scene.real, tenant_id_of(manager), None, level, speed_reason(level)
    )
    label = scene.tr(THROTTLES[level][0])
    await done(manager, tenant, _("@{username} is set to: {level}"), level=label)


async def _figures(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tr = scene.tr
    tenant = await scene.services.directory.get(scene.real, tenant_id_of(dialog_manager))
    return {
        "now": tr(
            _("🎚 {rate} messages a second, {width} chats at a time"),
            rate=tenant.rate_limit,
            width=tenant.concurrency,
        ),
        "rates": [
            Line(key=str(n), label=_ticked(tr(_("⚡️ {n}/s"), n=n), n == tenant.rate_limit))
            for n in RATES
        ],
        "widths": [
            Line(key=str(n), label=_ticked(tr(_("💬 {n}"), n=n), n == tenant.concurrency))
            for n in WIDTHS
        ],
    }


def _ticked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


async def _rate_tapped(
    _query: CallbackQuery, _select: Any, manager: DialogManager, rate: int
) -> None:
    await _allow(manager, rate_limit=float(rate))


async def _width_tapped(
    _query: CallbackQuery, _select: Any, manager: DialogManager, width: int
) -> None:
    await _allow(manager, concurrency=width)


async def _allow(manager: DialogManager, **limits: Any) -> None:
    scene = context_of(manager)
    await scene.services.allowances.set(scene.real, tenant_id_of(manager), **limits)
    set_notice(manager, scene.tr(_("✅ Applied.")))
