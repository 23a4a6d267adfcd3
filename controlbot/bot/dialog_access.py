"""Access to dialogs: only the user whose private chat holds the window."""

from __future__ import annotations

from typing import Any

from aiogram.enums import ChatType
from aiogram_dialog import ChatEvent
from aiogram_dialog.api.entities import Context, Stack
from aiogram_dialog.api.protocols import StackAccessValidator

from controlbot.bot.context import RequestContext
from controlbot.dialogs.states import STAFF_ONLY, Help, Preferences, Privacy, Welcome

BEFORE_CONSENT = frozenset({Welcome, Help, Preferences, Privacy})
"""Dialogs that are open before consent."""


class OwnChatOnly(StackAccessValidator):
    """The library's own validator grants everybody access to all private chats' windows.

    Further permissions are checked in the services, when an action is carried out.
    """

    async def is_allowed(
        self,
        stack: Stack,  # noqa: ARG002
        context: Context | None,  # noqa: ARG002
        event: ChatEvent,  # noqa: ARG002
        data: dict[str, Any],
    ) -> bool:
        chat, user = data["event_chat"], data["event_from_user"]
        return bool(chat.type == ChatType.PRIVATE and chat.id == user.id)


def may_stay(scene: RequestContext, context: Context) -> bool:
    """Whether this user may still use the open window: a role can be revoked and the
    consent text can change while it is open."""
    group = context.state.group
    if group in STAFF_ONLY:
        return scene.is_staff
    # An impersonating user stores no data of their own, so needs no consent.
    return scene.consented or scene.impersonation is not None or group in BEFORE_CONSENT
