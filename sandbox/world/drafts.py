"""Messages bots are still writing: shown as typing; the reader can stop them.

https://core.telegram.org/bots/api#sendmessagedraft
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.world.chats import Chat
from sandbox.world.errors import bad_request
from sandbox.world.events import BotTold
from sandbox.world.reactions_pins import Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    id: int
    bot_id: int
    topic: int | None
    can_stop: bool


class Drafts:
    """The newest draft of each private chat; kept in memory only."""

    def __init__(self, world: Marks) -> None:
        self._world = world
        self._drafts: dict[str, Draft] = {}

    def show(self, chat: Chat, draft: Draft) -> None:
        """Raises ApiError: 400 RANDOM_ID_INVALID, or it is no private chat."""
        if not draft.id:
            raise bad_request("RANDOM_ID_INVALID")
        self._drafts[chat.key] = draft
        self._world.chat_action(draft.bot_id, chat, "typing", topic=draft.topic)

    def stop(self, account_id: int, chat: Chat) -> None:
        """Press the stop button; the bot gets ``stopped_message_generation``.

        Raises:
            ApiError: 400, nothing is being written, or it can't be stopped.
        """
        draft = self._drafts.pop(chat.key, None)
        if draft is None or not draft.can_stop:
            raise bad_request("DRAFT_INVALID")
        value = {"chat": {"$chat": account_id}, "draft_id": draft.id}
        if draft.topic is not None:
            value["message_thread_id"] = draft.topic
        kind = "stopped_message_generation"
        self._world.tell(BotTold(bot_id=draft.bot_id, kind=kind, value=value, chat_id=account_id))
