"""Business connections: a bot that acts in a person's private chats, and the person's stories.

https://core.telegram.org/bots/features#business-accounts
https://core.telegram.org/api/bots/connected-business-bots
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.world.business_models import RIGHTS, BusinessConnection, Story
from sandbox.world.chats import Chat
from sandbox.world.errors import bad_request
from sandbox.world.events import BotTold
from sandbox.world.lookups import Core

NOT_FOUND = "business connection not found"
NO_RIGHT = "BOT_ACCESS_FORBIDDEN"
RECENT_SECONDS = 24 * 3600
"""A bot writes only where the person was written to lately."""
STORY_PERIODS = (6 * 3600, 12 * 3600, 86_400, 2 * 86_400)


class Business:
    """Connections of people and bots."""

    def __init__(self, world: Core) -> None:
        self._world = world

    def connect(
        self, account_id: int, bot_id: int, rights: tuple[str, ...] = RIGHTS
    ) -> BusinessConnection:
        """Connect a bot, or change its rights. The bot gets ``business_connection``.

        Raises:
            ApiError: 400 BOT_BUSINESS_MISSING, the bot does not do this.
        """
        if not self._world.bot(bot_id).business:
            raise bad_request("BOT_BUSINESS_MISSING")
        for other in self._of_account(account_id):
            if other.bot_id != bot_id:
                self.disconnect(other)
        found = next(iter(self._of_account(account_id)), None)
        if found is None:
            number = f"{account_id:x}{self._world.serial():x}"
            found = BusinessConnection(
                id=f"AQ{number}", account_id=account_id, bot_id=bot_id, date=self._world.time()
            )
            self._world.state.business[found.id] = found
        found.rights = rights
        self._changed(found)
        return found

    def disconnect(self, connection: BusinessConnection) -> None:
        connection.enabled = False
        self._changed(connection)

    def of(self, account_id: int) -> BusinessConnection | None:
        """The person's connection, if there is one."""
        return next(iter(self._of_account(account_id)), None)

    def find(self, bot_id: int, connection_id: str) -> BusinessConnection:
        """Raises ApiError: 400 business connection not found."""
        found = self._world.state.business.get(connection_id)
        if found is None or found.bot_id != bot_id:
            raise bad_request(NOT_FOUND)
        return found

    def usable(self, bot_id: int, connection_id: str, right: str) -> BusinessConnection:
        """A connection that allows something.

        Raises:
            ApiError: 400, it does not exist, was ended, or lacks the right.
        """
        found = self.find(bot_id, connection_id)
        if not found.enabled:
            raise bad_request("BUSINESS_CONNECTION_INVALID")
        if not found.may(right):
            raise bad_request(NO_RIGHT)
        return found

    def chat(self, connection: BusinessConnection, other_id: int) -> Chat:
        """A chat of the person the bot may act in.

        Raises:
            ApiError: 400, it is none, or nobody has written in it lately.
        """
        state = self._world.state
        if other_id not in state.accounts:
            raise bad_request("chat must be a private chat")
        if other_id == connection.account_id:
            raise bad_request("messages must not be sent to self")
        chat = self._world.private_chat(connection.account_id, other_id)
        recent = self._world.now() - RECENT_SECONDS
        if not any(one.date >= recent for one in chat.messages.values()):
            raise bad_request("BUSINESS_PEER_USAGE_MISSING")
        return chat

    def watching(self, chat: Chat) -> Iterator[BusinessConnection]:
        """The connections whose bots see a chat: those between two people."""
        if chat.pair is None or not all(one in self._world.state.accounts for one in chat.pair):
            return
        for connection in self._world.state.business.values():
            if connection.enabled and connection.account_id in chat.pair:
                yield connection

    def shape(self, connection: BusinessConnection) -> dict[str, Any]:
        """https://core.telegram.org/bots/api#businessconnection"""
        return {
            "id": connection.id,
            "user": {"$user": connection.account_id},
            "user_chat_id": connection.account_id,
            "date": connection.date,
            "is_enabled": connection.enabled,
            "rights": dict.fromkeys(connection.rights, True),
            "can_reply": connection.may("can_reply"),
        }

    def _of_account(self, account_id: int) -> list[BusinessConnection]:
        connections = self._world.state.business.values()
        return [one for one in connections if one.account_id == account_id and one.enabled]

    def _changed(self, connection: BusinessConnection) -> None:
        self._world.tell(
            BotTold(
                bot_id=connection.bot_id,
                kind="business_connection",
                value=self.shape(connection),
                chat_id=connection.account_id,
            )
        )

    # --- Stories ------------------------------------------------------------------------------

    def post_story(self, account_id: int, kind: str, file: str, period: int, caption: str) -> Story:
        """Raises ApiError: 400 STORY_PERIOD_INVALID."""
        if period not in STORY_PERIODS:
            raise bad_request("STORY_PERIOD_INVALID")
        now = self._world.time()
        story = Story(
            id=self._world.serial(),
            account_id=account_id,
            date=now,
            expires=now + period,
            kind=kind,
            file=file,
            caption=caption,
        )
        self._world.state.stories.setdefault(account_id, []).append(story)
        return story

    def story(self, account_id: int, story_id: int) -> Story:
        """Raises ApiError: 400 STORY_NOT_FOUND."""
        stories = self._world.state.stories.get(account_id, [])
        found = next((one for one in stories if one.id == story_id), None)
        if found is None:
            raise bad_request("STORY_NOT_FOUND")
        return found

    def delete_story(self, account_id: int, story_id: int) -> None:
        story = self.story(account_id, story_id)
        self._world.state.stories[account_id].remove(story)
