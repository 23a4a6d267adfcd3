"""Getters of the login windows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiogram_dialog import DialogManager

from controlbot.bot.context import RequestContext
from controlbot.dialogs.account.status_line import account_line
from controlbot.dialogs.tenant_selection import current, tenant_id_of
from controlbot.texts.messages import DELIVERIES, status
from controlbot.widgets.keypad import dots, typed
from controlbot.widgets.media import qr_photo
from mtproto.login.steps import NeedCode, NeedPassword, ShowQr, Step
from tenants.i18n.translator import mark as _


async def step_header(dialog_manager: DialogManager, **_kwargs: object) -> dict[str, Any]:
    start = dialog_manager.start_data
    onboarding = isinstance(start, dict) and bool(start.get("onboarding"))
    return {"onboarding": onboarding, "plain": not onboarding}


async def choose(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await current(scene, dialog_manager)
    line = ""
    if tenant is not None:
        dot, word = status(scene.tr, tenant)
        line = scene.tr(
            _("🤖 @{username} · {dot} {state}"), username=tenant.bot_username, dot=dot, state=word
        )
    possible = scene.platform.options.accounts_possible
    if tenant is not None and not possible:
        possible = await scene.platform.logins.brought_credentials(scene.actor, tenant.id)
    return {
        "bot_line": line,
        "possible": possible,
        "impossible": not possible,
        **_ways(scene, possible=possible),
    }


async def qr(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    step = await _step(scene, dialog_manager)
    shown = isinstance(step, ShowQr)
    photo = qr_photo(step.url) if isinstance(step, ShowQr) else None
    return {**_ways(scene), "shown": shown, "gone": not shown, "photo": photo}


async def code(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    step = await _step(scene, dialog_manager)
    count = len(typed(dialog_manager))
    if not isinstance(step, NeedCode):
        return {**_ways(scene), "length": 0, "dots": dots(count, 0), "can_resend": False}
    wait = _seconds_until(step.resend_at)
    # Offered before the wait is over, since nothing redraws the window then; too early, it
    # shows the end of the wait.
    can_resend = step.next_by is not None or step.problem is not None or not wait
    hint = ""
    if wait and step.problem is None and step.next_by is not None:
        hint = scene.tr(_("A new code can be sent in {wait}."), wait=scene.tr.duration(wait))
    return {
        **_ways(scene),
        "length": step.length,
        "dots": f"<b>{dots(count, step.length)}</b>",
        "delivery": scene.tr(DELIVERIES[step.delivered_by], phone=step.phone_masked),
        "resend_hint": hint,
        "can_resend": can_resend,
    }


async def password(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    step = await _step(scene, dialog_manager)
    return {"hint": step.hint if isinstance(step, NeedPassword) else ""}


async def connected(
    scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
) -> dict[str, Any]:
    tenant = await scene.services.directory.own(scene.actor, tenant_id_of(dialog_manager))
    return {"account_line": await account_line(scene, scene.actor, tenant.id)}


async def _step(scene: RequestContext, manager: DialogManager) -> Step | None:
    return await scene.platform.logins.current(scene.actor, tenant_id_of(manager))


def _ways(scene: RequestContext, *, possible: bool = True) -> dict[str, bool]:
    methods = scene.platform.options.login_methods
    return {way: possible and way in methods for way in ("qr", "phone")}


def _seconds_until(moment: datetime | None) -> float:
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 0.0
