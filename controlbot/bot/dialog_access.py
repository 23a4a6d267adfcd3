"""Who may touch a window: the person whose private chat it stands in, and nobody else."""

from __future__ import annotations

from typing import Any

from aiogram.enums import ChatType
from aiogram_dialog import ChatEvent
from aiogram_dialog.api.entities import Context, Stack
from aiogram_dialog.api.protocols import StackAccessValidator

from controlbot.bot.context import RequestContext
from controlbot.dialogs.states import STAFF_ONLY, Help, Preferences, Privacy, Welcome

BEFORE_CONSENT = frozenset({Welcome, Help, Preferences, Privacy})
"""Dialogs that somebody who has not agreed yet may see."""


class OwnChatOnly(StackAccessValidator):
    """The library's own validator lets everybody into every private chat's windows.

    What a deed needs beyond that is judged in the services, at the moment of the deed.
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
    """Whether this person may still be where they are: a role can be taken away and the
    words one agreed to can change while a window stands open."""
    group = context.state.group
    if group in STAFF_ONLY:
        return scene.is_staff
    # Whoever views as a tenant keeps nothing here of their own, so needs no consent.
    return scene.consented or scene.impersonation is not None or group in BEFORE_CONSENT
