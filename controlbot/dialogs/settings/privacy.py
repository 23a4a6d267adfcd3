"""/privacy: stored data, who accessed it, and erasure."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog, DialogManager, StartMode
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import RequestContext, context_of
from controlbot.dialogs.settings.data_export import copy_window
from controlbot.dialogs.settings.erase_me import ask_to_erase_me, erase_me_window
from controlbot.dialogs.states import Home, Privacy
from controlbot.dialogs.tenant_selection import current
from controlbot.texts.audit_entries import entries
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    Confirm,
    DataText,
    Lines,
    TranslatedText,
    back,
    window,
)
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation, leave
from controlbot.widgets.layout import notice
from controlbot.widgets.paging import turn
from tenants.domain.errors import NotFound
from tenants.domain.model import Desired, Tenant
from tenants.i18n.translator import mark as _

PAGE = 12
"""Audit entries on a page."""


def build_privacy() -> Dialog:
    return Dialog(_overview(), _record(), copy_window(), _erase(), erase_me_window())


def _overview() -> Any:
    return window(
        Privacy.overview,
        [
            TranslatedText(_("🔒 <b>Privacy</b>")),
            Lines(
                TranslatedText(_("<b>What we keep</b>")),
                TranslatedText(_("• your name, your Telegram id and your language")),
                TranslatedText(
                    _(
                        "• your bot's token, and your account's session if you connect one: "
                        "stored encrypted"
                    )
                ),
                TranslatedText(
                    _("• what people write to your bot: until it is delivered to you, plus one day")
                ),
                TranslatedText(
                    _("• which message belongs to whom, so that your replies find their way")
                ),
                TranslatedText(_("• a record of who did what to your bot, and when")),
                TranslatedText(
                    _(
                        "• notices to you, for two weeks, and which message of yours to the team "
                        "is whose, for 90 days"
                    )
                ),
            ),
            Lines(
                TranslatedText(_("<b>What we never do</b>")),
                TranslatedText(_("• show anybody your token, session, codes or passwords")),
                TranslatedText(_("• use your account for anything you did not switch on")),
                TranslatedText(
                    _(
                        "• look at your settings without a written reason: you are told each "
                        "time, and it is in the record below"
                    )
                ),
            ),
            TranslatedText(
                _("Messages between you and Telegram follow Telegram's own privacy policy.")
            ),
        ],
        [
            SwitchTo(
                ButtonText(_("📖 Who did what")), id="record", state=Privacy.record, when="bot"
            ),
            SwitchTo(ButtonText(_("📦 Get a copy of my data")), id="export", state=Privacy.export),
            ActionButton(_("🗑 Erase my bot and its data"), "erase", _ask, when="bot"),
            ActionButton(
                _("🗑 Erase everything about me"), "erase_me", ask_to_erase_me, when="no_bot"
            ),
            ActionButton(_("⬅️ Back"), "back", leave),
        ],
        getter=_own,
    )


def _record() -> Any:
    return window(
        Privacy.record,
        [TranslatedText(_("📖 <b>Who did what</b>")), DataText("entries")],
        [
            Row(
                ActionButton(_("◀️ Newer"), "newer", _newer, when="pages"),
                ActionButton(_("Older ▶️"), "older", _older, when="pages"),
            ),
            back(Privacy.overview),
        ],
        getter=_entries,
    )


def _erase() -> Any:
    return window(
        Privacy.erase,
        [
            TranslatedText(_("🗑 <b>Erase @{username} and everything about it?</b>")),
            Lines(
                TranslatedText(_("• it stops at once")),
                TranslatedText(
                    _("• its token, your account's session and all its data are erased")
                ),
                TranslatedText(_("• the bot itself stays yours with @BotFather")),
            ),
            TranslatedText(_("<b>This can't be undone.</b>")),
        ],
        [
            Confirm(_("Yes, erase everything"), "sure", _erase_it),
            SwitchTo(ButtonText(_("No, keep it")), id="keep", state=Privacy.overview),
        ],
        getter=_named,
    )


async def _own(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await current(scene, dialog_manager)
    return {
        "bot": tenant is not None and tenant.desired is not Desired.ERASING,
        "no_bot": tenant is None and scene.impersonation is None,
    }


async def _named(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    return {"username": (await _tenant(scene, dialog_manager)).bot_username}


async def _entries(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await _tenant(scene, dialog_manager)
    asked = dialog_manager.dialog_data
    page = await scene.services.audit_log.page(
        scene.actor, tenant.id, offset=int(asked.get("record_page", 0)) * PAGE, limit=PAGE
    )
    asked["record_pages"] = max(1, -(-page.total // PAGE))
    return {"entries": await entries(scene, page.items), "pages": page.total > PAGE}


async def _newer(manager: DialogManager) -> None:
    turn(manager, "record_page", "record_pages", -1)


async def _older(manager: DialogManager) -> None:
    turn(manager, "record_page", "record_pages", +1)


async def _tenant(scene: RequestContext, manager: DialogManager) -> Tenant:
    tenant = await current(scene, manager)
    if tenant is None:
        raise NotFound()
    return tenant


async def _ask(manager: DialogManager) -> None:
    tenant = await _tenant(context_of(manager), manager)
    manager.dialog_data["generation"] = tenant.generation
    await issue_confirmation(manager, f"erase:{tenant.id}")
    await manager.switch_to(Privacy.erase)


async def _erase_it(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    tenant = await _tenant(scene, manager)
    await consume_confirmation(manager, nonce, f"erase:{tenant.id}")
    generation = int(manager.dialog_data["generation"])
    await scene.services.lifecycle.erase(scene.actor, tenant.id, generation)
    text = scene.tr(
        _("🗑 @{username} is being erased. I tell you when it is done."),
        username=tenant.bot_username,
    )
    await manager.start(Home.card, data=notice(text), mode=StartMode.RESET_STACK)
