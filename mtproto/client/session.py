"""A Telethon session stored as one sealed value: key, server, update state, entities.

StringSession stores only the key, so that after a restart missed updates cannot be fetched
and every peer has to be resolved again.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Final, Self

import msgspec
from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types

from mtproto.client.server_address import ApiCredentials
from tenants.domain.model import Secret

_ENTITIES: Final = 500
_OWN_ROW: Final = 0
"""Telethon stores the own user as entity 0, with the user's id as its access hash."""


class _Stored(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The data that is sealed. Append fields at the end, with defaults."""

    server: str
    api_id: int
    api_hash: str
    dc: int
    ip: str
    port: int
    auth_key: bytes
    states: list[tuple[int, int, int, int, int]]
    entities: list[tuple[int, int, str | None]]

    def __repr__(self) -> str:
        return "_Stored(•••)"


class SealedSession(MemorySession):  # type: ignore[misc]  # Telethon has no types
    """Kept in memory; the store seals and stores the result of :meth:`to_bytes`.

    Telethon's optional asynchronous session methods warn that they are experimental, so the
    owner of the client stores the bytes instead, where needed.
    Of people in the account's chats only id, access hash and username are stored: no names,
    no phone numbers.
    """

    def __init__(self, *, server: str, api: ApiCredentials) -> None:
        super().__init__()
        self.server = server
        self.api = api
        self._known: OrderedDict[int, tuple[int, str | None]] = OrderedDict()

    @classmethod
    def from_bytes(cls, plain: bytes) -> Self:
        """Raises msgspec.DecodeError for anything but :meth:`to_bytes`'s result."""
        stored = msgspec.msgpack.decode(plain, type=_Stored)
        api = ApiCredentials(api_id=stored.api_id, api_hash=Secret(stored.api_hash))
        session = cls(server=stored.server, api=api)
        session.set_dc(stored.dc, stored.ip or None, stored.port or None)
        session.auth_key = AuthKey(data=stored.auth_key) if stored.auth_key else None
        for entity, pts, qts, date, seq in stored.states:
            at = datetime.fromtimestamp(date, tz=UTC)
            session.set_update_state(entity, types.updates.State(pts, qts, at, seq, 0))
        session._known.update((key, (access, name)) for key, access, name in stored.entities)
        return session

    def to_bytes(self) -> bytes:
        key = self.auth_key
        return msgspec.msgpack.encode(
            _Stored(
                server=self.server,
                api_id=self.api.api_id,
                api_hash=self.api.api_hash.reveal(),
                dc=self.dc_id,
                ip=self.server_address or "",
                port=self.port or 0,
                auth_key=key.key if key and key.key else b"",
                states=[
                    (entity, state.pts, state.qts, int(state.date.timestamp()), state.seq)
                    for entity, state in self.get_update_states()
                ],
                entities=[(key, *value) for key, value in self._known.items()],
            )
        )

    def __repr__(self) -> str:
        return f"SealedSession(dc={self.dc_id})"

    # --- Entities -----------------------------------------------------------------------------

    def process_entities(self, tlo: Any) -> None:
        for key, access_hash, username, _phone, _name in self._entities_to_rows(tlo):
            self._known[key] = (access_hash, username)
            self._known.move_to_end(key)
        while len(self._known) > _ENTITIES:
            own = self._known.get(_OWN_ROW, (None, None))[0]
            oldest = next(key for key in self._known if key not in (_OWN_ROW, own))
            del self._known[oldest]

    def get_entity_rows_by_phone(self, phone: str) -> None:
        """Phone numbers are not stored."""

    def get_entity_rows_by_name(self, name: str) -> None:
        """Names are not stored."""

    def get_entity_rows_by_username(self, username: str) -> tuple[int, int] | None:
        # The newest first: a username may have moved to another user.
        for key, (access_hash, known) in reversed(self._known.items()):
            if known == username:
                return key, access_hash
        return None

    def get_entity_rows_by_id(self, id: int, exact: bool = True) -> tuple[int, int] | None:  # noqa: A002
        keys = [id] if exact else [_marked(peer, id) for peer in _PEERS]
        for key in keys:
            if key in self._known:
                return key, self._known[key][0]
        return None


_PEERS: Final = (types.PeerUser, types.PeerChat, types.PeerChannel)


def _marked(peer: Any, plain_id: int) -> int:
    from telethon import utils

    marked: int = utils.get_peer_id(peer(plain_id))
    return marked
