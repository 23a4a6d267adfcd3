"""One window: explains changes on behalf of a tenant and asks for confirmation."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog, DialogManager, StartMode, Window
from aiogram_dialog.widgets.kbd import Row

from controlbot.bot.context import RequestContext, context_of, reload_context
from controlbot.dialogs.states import Home, Viewing
from controlbot.widgets import ActionButton, Confirm, Lines, TranslatedText, window
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from controlbot.widgets.layout import notice
from tenants.domain.errors import ImpersonationEnded
from tenants.domain.model import Impersonation
from tenants.i18n.translator import mark as _
from tenants.i18n.translator import name


def build_viewing() -> Dialog:
    return Dialog(_write(), on_start=_arm)


def _write() -> Window:
    return window(
        Viewing.write,
        [
            TranslatedText(_("✍️ <b>Change things in {person}'s place?</b>")),
            Lines(
                TranslatedText(_("• you can pause and restart the bot and change its features")),
                TranslatedText(_("• tokens, accounts, exports and erasing stay closed to you")),
                TranslatedText(_("• {person} is told at once")),
                TranslatedText(_("• each change is on the record as yours, done in their place")),
            ),
            TranslatedText(
                _("It holds until you stop viewing, or until your 30 minutes are over.")
            ),
        ],
        [
            Row(
                Confirm(_("Yes, let me change things"), "sure", _allow),
                ActionButton(_("No, only look"), "no", _only_look),
            ),
        ],
        getter=_whose,
    )


async def _arm(_data: Any, manager: DialogManager) -> None:
    live = context_of(manager).impersonation
    if live is not None:
        await issue_confirmation(manager, _object(live))


def _object(live: Impersonation) -> str:
    return f"write:{live.id}"


async def _whose(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    return {"person": name(scene.subject_name)}


async def _allow(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    if scene.impersonation is None:
        raise ImpersonationEnded()
    await consume_confirmation(manager, nonce, _object(scene.impersonation))
    await scene.services.impersonations.allow_writing(scene.actor)
    await reload_context(manager)
    text = scene.tr(_("✍️ You may change things now. {person} has been told."),
                    person=name(scene.subject_name))  # fmt: skip
    await manager.start(Home.card, data=notice(text), mode=StartMode.RESET_STACK)


async def _only_look(manager: DialogManager) -> None:
    await manager.start(Home.card, mode=StartMode.RESET_STACK)
