"""Restarts one bot, or all of them in turn."""

from __future__ import annotations

import time
from typing import Any, Final

from aiogram_dialog import DialogManager, ShowMode, Window
from aiogram_dialog.widgets.kbd import Row, SwitchTo

from controlbot.bot.context import ControlBotServices, RequestContext, context_of
from controlbot.dialogs.admin.common import done
from controlbot.dialogs.states import Admin
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.texts.reason_codes import MAINTENANCE
from controlbot.texts.usage_chart import progress_bar
from controlbot.widgets import (
    ActionButton,
    ButtonText,
    Confirm,
    DataText,
    TranslatedText,
    set_notice,
    window,
)
from controlbot.widgets.buttons import consume_confirmation, issue_confirmation
from tenants.domain.errors import AccessDenied
from tenants.domain.model import Actor
from tenants.i18n.translator import mark as _

ALL: Final = "restart_all"
DRAWN_EVERY: Final = 1.0
"""Seconds between edits of the progress message: edits are rate-limited.
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this"""


def windows() -> list[Window]:
    return [_sure(), _going()]


def _sure() -> Window:
    return window(
        Admin.restart_all,
        [
            TranslatedText(_("🔁 <b>Restart all bots?</b>")),
            TranslatedText(
                _(
                    "They restart a few at a time; each is away for a moment and loses nothing. "
                    "It is on the record."
                )
            ),
        ],
        [
            Row(
                Confirm(_("Yes, restart all"), "sure", _begin),
                SwitchTo(ButtonText(_("No")), id="no", state=Admin.overview),
            ),
        ],
    )


def _going() -> Window:
    return window(
        Admin.restarting,
        [TranslatedText(_("🔁 <b>Restarting all bots</b>")), DataText("progress")],
        [ActionButton(_("⬅️ Back"), "back", _leave)],
        getter=_progress,
    )


async def restart(manager: DialogManager) -> None:
    """Restart the bot of the card."""
    scene = context_of(manager)
    tenant = await scene.services.lifecycle.restart(
        scene.real, tenant_id_of(manager), reason=MAINTENANCE
    )
    await done(manager, tenant, _("🔁 @{username} is restarting."))


async def ask(manager: DialogManager) -> None:
    if context_of(manager).platform.restarts.under_way:
        await manager.switch_to(Admin.restarting)
        return
    await issue_confirmation(manager, ALL)
    await manager.switch_to(Admin.restart_all)


async def _begin(manager: DialogManager, nonce: str) -> None:
    scene = context_of(manager)
    await consume_confirmation(manager, nonce, ALL)
    if scene.platform.restarts.under_way:
        set_notice(manager, scene.tr(_("A restart of all bots is under way already.")))
    else:
        scene.platform.restarted = None
        scene.platform.nursery.start(_run(scene.platform, scene.real), "restart all bots")
    await manager.switch_to(Admin.restarting)


async def _run(platform: ControlBotServices, actor: Actor) -> None:
    """Runs in the background. The message shows the progress."""
    drawn_at = 0.0

    async def progress(done_: int, of: int) -> None:
        nonlocal drawn_at
        platform.restarted = (done_, of)
        if done_ < of and time.monotonic() - drawn_at < DRAWN_EVERY:
            return
        drawn_at = time.monotonic()
        await _draw(platform, actor)

    try:
        await platform.restarts.everybody(actor, progress)
    except AccessDenied:
        await _draw(platform, actor)


async def _draw(platform: ControlBotServices, actor: Actor) -> None:
    async with platform.windows.foreground(actor.user_id) as manager:
        if manager is None or not manager.has_context():
            return
        if manager.current_context().state == Admin.restarting:
            await manager.show(ShowMode.EDIT)


async def _progress(scene: RequestContext, **_kwargs: object) -> dict[str, Any]:
    begun, tr = scene.platform.restarted, scene.tr
    if begun is None:
        return {"progress": progress_bar(0, 0)}
    done_, of = begun
    over = done_ >= of
    words = _("✅ Done: {done} of {of}") if over else _("{done} of {of}")
    return {"progress": f"{progress_bar(done_, of)}\n{tr(words, done=done_, of=of)}"}


async def _leave(manager: DialogManager) -> None:
    await manager.switch_to(Admin.overview)
