"""One call being handled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.serializers.peers import id_of
from sandbox.world import World
from sandbox.world.chats import Chat
from sandbox.world.logins import Logins, Session

if TYPE_CHECKING:
    from sandbox.mtproto.connection import Connection
    from sandbox.mtproto.server import MtprotoServer


@dataclass(frozen=True, slots=True)
class Call:
    """What a method's handler gets."""

    server: MtprotoServer
    connection: Connection
    session: Session
    request: Any

    @property
    def world(self) -> World:
        return self.server.world

    @property
    def logins(self) -> Logins:
        return self.server.world.logins

    @property
    def user_id(self) -> int:
        """The caller.

        Raises:
            RpcRefusal: 401 AUTH_KEY_UNREGISTERED or SESSION_PASSWORD_NEEDED.
        """
        if self.session.user_id is None:
            locked = self.session.awaits_password
            raise RpcRefusal(401, "SESSION_PASSWORD_NEEDED" if locked else "AUTH_KEY_UNREGISTERED")
        return self.session.user_id

    @property
    def method(self) -> str:
        return tl_codec.method_name(self.request)

    @property
    def phone(self) -> str:
        """The number the call is about: the one it names, else the caller's, else empty."""
        named = getattr(self.request, "phone_number", None)
        if named:
            return plain_phone(named)
        account = self.world.state.accounts.get(self.session.account_id or 0)
        return account.phone if account else ""

    def chat(self, pointer: Any) -> Chat:
        """The chat of an ``InputPeer``.

        Raises:
            RpcRefusal: PEER_ID_INVALID, CHANNEL_INVALID, CHANNEL_PRIVATE.
        """
        user_id = self.user_id
        chat = self.world.chat(user_id, id_of(pointer, user_id))
        room = self.world.room_of(chat)
        if room is not None and not room.has(user_id) and not room.username:
            raise RpcRefusal(400, "CHANNEL_PRIVATE")
        return chat


def plain_phone(text: str) -> str:
    """A phone number as accounts have it: a plus and digits."""
    return "+" + re.sub(r"[^0-9]", "", text)
