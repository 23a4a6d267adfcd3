"""Effects of logins on connections: scanned QR codes, ended sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telethon.tl import types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.login_code_watch import tell_new_login
from sandbox.world import World
from sandbox.world.events import SessionsChanged
from sandbox.world.logins import LoginEvent, QrAccepted, SessionBegan, SessionEnded

if TYPE_CHECKING:
    from sandbox.mtproto.connection import Connection


class SessionWatch:
    """Listens to the logins."""

    def __init__(self, world: World, connections: set[Connection]) -> None:
        self._world = world
        self._connections = connections

    def on_event(self, event: LoginEvent) -> None:
        match event:
            case QrAccepted():
                self._tell_scanned(event.key_id)
            case SessionBegan():
                tell_new_login(self._world, self._world.logins.keys[event.key_id])
                self._world.tell(SessionsChanged(account_id=event.account_id))
            case SessionEnded():
                if not event.by_itself:
                    self._close(event.key_id)
                self._world.tell(SessionsChanged(account_id=event.account_id))

    def _tell_scanned(self, key_id: int) -> None:
        """The client that shows the QR code may ask again now."""
        now = tl_codec.moment(self._world.now())
        for connection in self._of(key_id):
            connection.send(types.UpdateShort(types.UpdateLoginToken(), now))

    def _close(self, key_id: int) -> None:
        """Close the connections; when the client reconnects it gets the reason."""
        for connection in self._of(key_id):
            connection.close()

    def _of(self, key_id: int) -> list[Connection]:
        return [
            connection
            for connection in self._connections
            if connection.session is not None
            and connection.session.key_id == key_id
            and connection.stream is not None
        ]
