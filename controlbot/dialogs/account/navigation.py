"""Opens the window of each login step. The steps are implemented in
:mod:`mtproto.login.service`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from aiogram.fsm.state import State
from aiogram_dialog import DialogManager, ShowMode, StartMode

from controlbot.bot.context import context_of
from controlbot.dialogs.states import Account, Home
from controlbot.dialogs.tenant_selection import tenant_id_of
from controlbot.texts.messages import failed_text, problem_text
from controlbot.widgets import set_notice
from controlbot.widgets.keypad import PURPOSE
from controlbot.widgets.layout import notice
from mtproto.login.steps import Done, Failed, NeedCode, NeedPassword, NeedPhone, ShowQr, Step
from tenants.i18n.translator import Markup, name
from tenants.i18n.translator import mark as _


async def begin(manager: DialogManager, method: str) -> None:
    """Start a login by ``qr`` or ``phone``."""
    scene = context_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, PURPOSE)
    step = await scene.platform.logins.begin(scene.actor, tenant_id_of(manager), method)
    await follow(manager, step)


async def follow(manager: DialogManager, step: Step) -> None:
    """Go to the window of ``step``."""
    if isinstance(step, Done):
        await _arrive(manager, step)
        return
    manager.dialog_data["length"] = step.length if isinstance(step, NeedCode) else 0
    await manager.switch_to(state_of(step))
    text = trouble_of(manager, step)
    if text:
        set_notice(manager, text)


async def follow_quietly(manager: DialogManager, step: Step) -> None:
    """The login advanced without user input (a QR code was scanned or renewed): redraw its
    window if it is still open, else redraw the open window once the login is done."""
    looking = manager.has_context() and manager.current_context().state.group is Account
    if looking:
        await follow(manager, step)
        if not isinstance(step, Done):
            await manager.show(ShowMode.EDIT)
    elif isinstance(step, Done) and manager.has_context():
        await manager.show(ShowMode.EDIT)


def state_of(step: NeedPhone | NeedCode | NeedPassword | ShowQr | Failed) -> State:
    match step:
        case NeedPhone():
            return Account.phone
        case NeedCode():
            return Account.code
        case NeedPassword():
            return Account.password
        case ShowQr():
            return Account.qr
        case Failed():
            return Account.over
        case _:
            assert_never(step)


def trouble_of(manager: DialogManager, step: Step) -> Markup | None:
    """Why the step is repeated, or why the login ended."""
    tr = context_of(manager).tr
    if isinstance(step, Failed):
        return Markup("⚠️ " + failed_text(tr, step, datetime.now(UTC)))
    problem = getattr(step, "problem", None)
    return Markup("⚠️ " + problem_text(tr, problem)) if problem else None


async def _arrive(manager: DialogManager, step: Done) -> None:
    scene = context_of(manager)
    text = scene.tr(_("✅ <b>{person} is connected.</b>"), person=name(step.account.name))
    if _onboarding(manager):
        text = Markup(text + "\n" + scene.tr(ALL_SET))
    data = {**notice(text), "tenant_id": tenant_id_of(manager)}
    await manager.start(Home.card, data=data, mode=StartMode.RESET_STACK)


async def later(manager: DialogManager) -> None:
    """Skip connecting an account."""
    scene = context_of(manager)
    data: dict[str, object] = {"tenant_id": tenant_id_of(manager)}
    if _onboarding(manager):
        data |= notice(scene.tr(ALL_SET))
    await manager.start(Home.card, data=data, mode=StartMode.RESET_STACK)


async def give_up(manager: DialogManager) -> None:
    """Cancel the login and return to the choice of methods."""
    scene = context_of(manager)
    scene.platform.secrets.drop(scene.real.user_id, PURPOSE)
    await scene.platform.logins.cancel(scene.actor, tenant_id_of(manager))
    await manager.switch_to(Account.choose)


def _onboarding(manager: DialogManager) -> bool:
    start = manager.start_data
    return isinstance(start, dict) and bool(start.get("onboarding"))


ALL_SET = _("🎉 <b>Step 3 of 3 · You are all set</b>   ●●●")
