"""Base of the world: its state, its files, look-ups of peers and chats."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.world.chats import Chat, Message, private_key, room_key
from sandbox.world.errors import bad_request, chat_not_found
from sandbox.world.events import Hub, WorldEvent
from sandbox.world.files import FileStore
from sandbox.world.logins import Logins
from sandbox.world.peers import Account, Bot, Channel, Group, Peer, User
from sandbox.world.state import WorldState


class Core:
    """State and lookups.

    Args:
        now: seconds of the epoch.
        logins: logins and keys.
        strict: apply Telegram's rules for the content of messages, see
            :mod:`sandbox.world.entities` and :mod:`sandbox.world.send_rules`.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        logins: Logins | None = None,
        strict: bool = True,
    ) -> None:
        self.now = now
        self.strict = strict
        self.hub = Hub()
        self.files = FileStore()
        self.logins = logins or Logins(now=now)
        self.state = WorldState(files=self.files.files, blobs=self.files.blobs)
        self._usernames: dict[str, int] = {}
        self._tokens: dict[str, int] = {}

    # --- Keeping ------------------------------------------------------------------------------

    def restore(self, state: WorldState) -> None:
        """Load the world of an earlier run. Publishes no events."""
        self.state = state
        self.files.files, self.files.blobs = state.files, state.blobs
        self._usernames = {peer.username.lower(): peer.id for peer in self.peers() if peer.username}
        self._tokens = {bot.token: bot.id for bot in state.bots.values() if bot.token}

    def tell(self, event: WorldEvent) -> None:
        self.hub.tell(event)

    def time(self) -> int:
        return int(self.now())

    def serial(self) -> int:
        """A number not used before."""
        self.state.next_serial += 1
        return self.state.next_serial

    # --- Who ----------------------------------------------------------------------------------

    def peers(self) -> list[Peer]:
        state = self.state
        return [
            *state.accounts.values(),
            *state.bots.values(),
            *state.groups.values(),
            *state.channels.values(),
        ]

    def peer(self, ref: int | str) -> Peer:
        """The peer with this id or @username.

        Raises:
            ApiError: 400 chat not found.
        """
        state = self.state
        peer_id = self._usernames.get(ref.lstrip("@").lower(), 0) if isinstance(ref, str) else ref
        for shelf in (state.accounts, state.bots, state.groups, state.channels):
            found: Peer | None = shelf.get(peer_id)
            if found is not None:
                return found
        raise chat_not_found()

    def user(self, user_id: int) -> User:
        """A person or a bot.

        Raises:
            ApiError: 400 user not found.
        """
        found = self.state.accounts.get(user_id) or self.state.bots.get(user_id)
        if found is None:
            raise bad_request("user not found")
        return found

    def account(self, account_id: int) -> Account:
        found = self.state.accounts.get(account_id)
        if found is None:
            raise bad_request("user not found")
        return found

    def bot(self, bot_id: int) -> Bot:
        found = self.state.bots.get(bot_id)
        if found is None or found.deleted:
            raise bad_request("user not found")
        return found

    def bot_by_token(self, token: str) -> Bot | None:
        bot_id = self._tokens.get(token)
        return None if bot_id is None else self.state.bots[bot_id]

    def room(self, room_id: int) -> Group | Channel:
        found = self.state.groups.get(room_id) or self.state.channels.get(room_id)
        if found is None:
            raise chat_not_found()
        return found

    def username_taken(self, username: str) -> bool:
        return username.lower() in self._usernames

    # --- Which chat ---------------------------------------------------------------------------

    def chat(self, viewer_id: int, ref: int | str) -> Chat:
        """The chat a viewer means: with a person or bot, or of a group or channel.

        A private chat is created when it is first looked up; a bot's only if it has met
        the person (they wrote to it, or share a group).

        Raises:
            ApiError: 400 chat not found.
        """
        peer = self.peer(ref)
        if isinstance(peer, Group | Channel):
            return self.state.chats[room_key(peer.id)]
        chat = self.state.chats.get(private_key(viewer_id, peer.id))
        if viewer_id in self.state.bots and not (chat and chat.open):
            self._check_met(viewer_id, peer.id)
        return self.private_chat(viewer_id, peer.id)

    def private_chat(self, one_id: int, other_id: int) -> Chat:
        """The chat between two; it is created when it is first asked for. Checks nothing."""
        key = private_key(one_id, other_id)
        chat = self.state.chats.get(key)
        if chat is None:
            chat = Chat(key=key, kind="private", pair=(one_id, other_id))
            self.state.chats[key] = chat
        return chat

    def _check_met(self, bot_id: int, other_id: int) -> None:
        """A bot knows those who share a group with it; BotFather knows everybody."""
        if not self.state.bots[bot_id].token:
            return
        rooms = (*self.state.groups.values(), *self.state.channels.values())
        if not any(bot_id in room.members and other_id in room.members for room in rooms):
            raise chat_not_found()

    def room_of(self, chat: Chat) -> Group | Channel | None:
        return None if chat.room_id is None else self.room(chat.room_id)

    def audience(self, chat: Chat) -> list[int]:
        """Ids of the people and bots who see this chat."""
        if chat.pair is not None:
            return list(dict.fromkeys(chat.pair))
        room = self.room_of(chat)
        assert room is not None
        return [member.user_id for member in room.insiders()]

    def sees(self, viewer_id: int, chat: Chat) -> bool:
        return viewer_id in self.audience(chat)

    def chats_of(self, viewer_id: int) -> list[Chat]:
        """The viewer's chat list, the latest first; private chats with nothing in them left out."""
        mine = [chat for chat in self.state.chats.values() if self.lists(viewer_id, chat)]
        return sorted(mine, key=_latest, reverse=True)

    def lists(self, viewer_id: int, chat: Chat) -> bool:
        """Whether this chat is in the viewer's chat list."""
        if chat.pair is None:
            return self.room(chat.room_id or 0).has(viewer_id)
        newest = chat.newest()
        return (
            viewer_id in chat.pair
            and newest is not None
            and newest.id > chat.cleared.get(viewer_id, 0)
        )

    def messages(
        self, viewer_id: int, chat: Chat, after: int = 0, limit: int | None = None
    ) -> list[Message]:
        """Messages a viewer has in a chat, oldest first, newer than ``after``."""
        floor = max(after, chat.cleared.get(viewer_id, 0))
        found = [message for message in chat.messages.values() if message.id > floor]
        return found if limit is None else found[:limit]

    def message(self, chat: Chat, message_id: int) -> Message | None:
        return chat.messages.get(message_id)

    def next_message_id(self, chat: Chat) -> int:
        if chat.kind in ("supergroup", "channel"):
            chat.last_id += 1
            return chat.last_id
        self.state.last_message_id += 1
        return self.state.last_message_id


def _latest(chat: Chat) -> int:
    newest = chat.newest()
    return newest.date if newest else 0
