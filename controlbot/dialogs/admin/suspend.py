"""Suspending a bot (reason, duration, confirmation) and lifting the suspension."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, Window
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.admin.common import done, named, seen_generation
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.texts.reason_codes import SUSPENSIONS, read_reason
from controlbot.widgets import ButtonText, Confirm, DataText, Lines, TranslatedText, back, window
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from controlbot.widgets.layout import resend_below
from controlbot.widgets.lists import Line, choices
from tenants.i18n.translator import mark as _

LONGEST: Final = 500
FOR_GOOD: Final = "0"
LENGTHS: Final = {
    1: _("1 hour"),
    24: _("1 day"),
    7 * 24: _("1 week"),
    28 * 24: _("4 weeks"),
}
"""Durations of a suspension offered as buttons, in hours."""


def windows() -> list[Window]:
    return [_why(), _how_long(), _sure()]


def _why() -> Window:
    return window(
        Admin.suspend_reason,
        [
            TranslatedText(_("⛔ <b>Suspend @{username}</b>")),
            TranslatedText(
                _("Why? Send the reason as a message, or tap one. Its owner will read it.")
            ),
        ],
        [choices("reasons", _reason_tapped), back(Admin.card)],
        getter=[named, _reasons],
        inputs=[MessageInput(_reason_written)],
    )


def _how_long() -> Window:
    return window(
        Admin.suspend_until,
        [
            TranslatedText(_("⛔ <b>Suspend @{username}</b>")),
            TranslatedText(_("Reason: <i>{reason}</i>")),
            TranslatedText(_("For how long?")),
        ],
        [choices("lengths", _length_tapped, width=2), back(Admin.suspend_reason)],
        getter=[named, _decided],
    )


def _sure() -> Window:
    return window(
        Admin.suspend_confirm,
        [
            TranslatedText(_("⛔ <b>Suspend @{username}?</b>")),
            Lines(TranslatedText(_("Reason: <i>{reason}</i>")), DataText("until")),
            TranslatedText(_("It stops at once. Its owner is told why and how to reply.")),
        ],
        [
            Row(
                Confirm(_("Yes, suspend"), "sure", _suspend),
                SwitchTo(ButtonText(_("No")), id="no", state=Admin.card),
            ),
        ],
        getter=[named, _decided],
    )


async def _reasons(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    return {"reasons": [Line(key=k.partition(":")[2], label=scene.tr(text))
                        for k, text in SUSPENSIONS.items()]}  # fmt: skip


async def _decided(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tr = scene.tr
    until = _until(dialog_manager)
    for_good = Line(key=FOR_GOOD, label=tr(_("Until it is lifted")))
    spans = [Line(key=str(hours), label=tr(label)) for hours, label in LENGTHS.items()]
    return {
        "reason": read_reason(tr, _reason(dialog_manager)),
        "until": tr(_("It comes back on {time} (UTC)."), time=until) if until else "",
        "lengths": [*spans, for_good],
    }


async def _reason_tapped(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    if f"reason:{key}" in SUSPENSIONS:
        await _ask_how_long(manager, f"reason:{key}")


async def _reason_written(message: Message, _input: object, manager: DialogManager) -> None:
    resend_below(manager)
    if message.text and message.text.strip():
        await _ask_how_long(manager, message.text.strip()[:LONGEST])


async def _ask_how_long(manager: DialogManager, reason: str) -> None:
    manager.dialog_data.update(reason=reason, until=None)
    await manager.switch_to(Admin.suspend_until)


async def _length_tapped(
    _query: CallbackQuery, _select: Any, manager: DialogManager, key: str
) -> None:
    """The end time is fixed here, so that the confirmed time is the one applied."""
    hours = int(key) if key in {str(n) for n in LENGTHS} else 0
    now = context_of(manager).services.clock.now()
    until = (now + timedelta(hours=hours)).isoformat() if hours else None
    manager.dialog_data["until"] = until
    await issue_confirmation(manager, f"suspend:{tenant_id_of(manager)}")
    await manager.switch_to(Admin.suspend_confirm)


async def _suspend(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    tenant_id = tenant_id_of(manager)
    await consume_confirmation(manager, nonce, f"suspend:{tenant_id}")
    tenant = await scene.services.lifecycle.suspend(
        scene.real, tenant_id, seen_generation(manager), _reason(manager), _until(manager)
    )
    await done(manager, tenant, _("⛔ @{username} is suspended. Its owner has been told."))


async def resume(manager: DialogManager) -> None:
    scene = context_of(manager)
    tenant = await scene.services.lifecycle.resume(
        scene.real, tenant_id_of(manager), seen_generation(manager)
    )
    await done(manager, tenant, _("✅ @{username} runs again. Its owner has been told."))


def _reason(manager: DialogManager) -> str:
    return str(manager.dialog_data.get("reason", ""))


def _until(manager: DialogManager) -> datetime | None:
    value = manager.dialog_data.get("until")
    return datetime.fromisoformat(value) if value else None
