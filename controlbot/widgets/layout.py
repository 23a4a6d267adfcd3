"""Common parts of all windows: the impersonation banner, a notice, an exit button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message
from aiogram_dialog import DialogManager, ShowMode, StartMode, Window
from aiogram_dialog.api.internal import DataGetter, InputWidget
from aiogram_dialog.api.internal.widgets import MarkupFactory
from aiogram_dialog.widgets.kbd import Button, Keyboard, Row
from aiogram_dialog.widgets.link_preview import LinkPreview
from aiogram_dialog.widgets.markup.inline_keyboard import InlineKeyboardFactory
from aiogram_dialog.widgets.media import Media
from aiogram_dialog.widgets.text import Text

from controlbot.bot.context import RequestContext, context_of, reload_context
from controlbot.dialogs.states import STAFF_ONLY, Viewing
from controlbot.widgets.buttons import ActionButton
from controlbot.widgets.text import Paragraphs
from tenants.domain.errors import AccessDenied
from tenants.i18n.translator import mark as _
from tenants.i18n.translator import name

NOTICE = "notice"
Getters = DataGetter | Sequence[DataGetter] | None


def window(
    state: State,
    text: Sequence[Text],
    keyboard: Sequence[Keyboard] = (),
    *,
    getter: Getters = None,
    inputs: Sequence[InputWidget] = (),
    media: Media | None = None,
    markup: MarkupFactory | None = None,
) -> Window:
    """A window: paragraphs of text, rows of buttons, and the common parts."""
    return Window(
        Paragraphs(Banner(), Notice(), *text),
        *keyboard,
        Row(exit_button(), writing_button()),
        *inputs,
        *([media] if media else []),
        LinkPreview(is_disabled=True),
        state=state,
        getter=[*_list(getter), ImpersonationAudit(state)],
        markup_factory=markup or InlineKeyboardFactory(),
    )


def _list(getter: Getters) -> list[DataGetter]:
    if getter is None:
        return []
    return list(getter) if isinstance(getter, Sequence) else [getter]


class ImpersonationAudit:
    """Audits which of a tenant's windows an impersonating user has opened."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(
        self, scene: RequestContext, dialog_manager: DialogManager, **_kwargs: object
    ) -> dict[str, Any]:
        by_hand = isinstance(dialog_manager.event, CallbackQuery | Message)
        if scene.impersonation is not None and by_hand and self._state.group not in STAFF_ONLY:
            await scene.services.impersonations.saw(scene.actor, str(self._state.state))
        return {}


_LOOKING = _("👁 <b>You see what {person} sees.</b> Looking only, until {time} UTC.")
_CHANGING = _("✍️ <b>You act in {person}'s place.</b> Changes count, until {time} UTC.")


class Banner(Text):
    """While impersonating: the tenant, and the end time."""

    async def _render_text(self, _data: dict[str, Any], manager: DialogManager) -> str:
        scene = context_of(manager)
        if scene.impersonation is None:
            return ""
        words = _CHANGING if scene.impersonation.may_write else _LOOKING
        return str(
            scene.tr(
                words,
                person=name(scene.subject_name),
                time=scene.tr.time(scene.impersonation.expires_at),
            )
        )


class Notice(Text):
    """The notice of the last action. Shown once: the user's next action clears it."""

    async def _render_text(self, _data: dict[str, Any], manager: DialogManager) -> str:
        return str(_places(manager).get(NOTICE, ""))


def _places(manager: DialogManager) -> dict[str, Any]:
    start = manager.start_data
    return {**(start if isinstance(start, dict) else {}), **manager.dialog_data}


def set_notice(manager: DialogManager, text: str) -> None:
    """Show ``text`` (HTML) at the top of the current window, until the next action."""
    manager.dialog_data[NOTICE] = str(text)


def clear_notice(manager: DialogManager) -> None:
    manager.dialog_data.pop(NOTICE, None)
    if isinstance(manager.start_data, dict):
        manager.start_data.pop(NOTICE, None)


def notice(text: str) -> dict[str, Any]:
    """Start data that opens a dialog with a notice."""
    return {NOTICE: str(text)}


def exit_button() -> Button:
    return ActionButton(_("🚪 Stop viewing"), "stop_viewing", _stop_viewing, when=_impersonating)


def _impersonating(_data: dict[str, Any], _widget: object, manager: DialogManager) -> bool:
    return context_of(manager).impersonation is not None


def writing_button() -> Button:
    """Opens the confirmation that enables changes, unless they are enabled."""
    return ActionButton(_("✍️ Change something"), "ask_to_write", _ask_to_write, when=_only_looking)


def _only_looking(_data: dict[str, Any], _widget: object, manager: DialogManager) -> bool:
    scene = context_of(manager)
    live = scene.impersonation
    asking = manager.current_context().state.group is Viewing
    return live is not None and not live.may_write and not asking


async def _ask_to_write(manager: DialogManager) -> None:
    if context_of(manager).impersonation is None:
        raise AccessDenied()
    await manager.start(Viewing.write, mode=StartMode.RESET_STACK)


async def _stop_viewing(manager: DialogManager) -> None:
    from controlbot.dialogs.states import Admin

    scene = context_of(manager)
    await scene.services.impersonations.end(scene.real)
    await reload_context(manager)
    if scene.impersonation is not None:
        data = {"tenant_id": scene.impersonation.tenant_id}
        await manager.start(Admin.card, data=data, mode=StartMode.RESET_STACK)


def resend_below(manager: DialogManager) -> None:
    """Send the window again below the user's message and delete the old one."""
    manager.show_mode = ShowMode.DELETE_AND_SEND
