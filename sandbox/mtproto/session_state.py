"""One MTProto session: message ids, sequence numbers, what was answered and acknowledged.

This is not a login: a client opens any number of these under its key.
https://core.telegram.org/mtproto/description#session
"""

from __future__ import annotations

import struct
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from telethon.tl.core import MessageContainer

REMEMBERED = 500
TOO_OLD = 300
TOO_NEW = 30
CONTAINER_MOST = 1020

ID_TOO_LOW, ID_TOO_HIGH, ID_NOT_OF_CLIENT, ID_DOUBLED = 16, 17, 18, 19
ODD_SEQUENCE_EXPECTED, BAD_SALT, BAD_CONTAINER = 35, 48, 64
"""https://core.telegram.org/mtproto/service_messages_about_messages"""

STATE_UNKNOWN, STATE_NOT_RECEIVED, STATE_RECEIVED, STATE_ANSWERED = 1, 2, 4, 36


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of the server, as it goes into an envelope or a container."""

    message_id: int
    sequence: int
    body: bytes

    def packed(self) -> bytes:
        head = struct.pack("<qii", self.message_id, self.sequence, len(self.body))
        return head + self.body


@dataclass(slots=True)
class Stream:
    """State of one session; it outlives a connection, so that lost answers are repeated."""

    session_id: int
    wants_updates: bool = True
    _content: int = 0
    _last_id: int = 0
    _seen: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _answers: OrderedDict[int, Outgoing] = field(default_factory=OrderedDict)
    _unacknowledged: OrderedDict[int, Outgoing] = field(default_factory=OrderedDict)

    # --- Incoming -----------------------------------------------------------------------------

    def objection(self, message_id: int) -> int | None:
        """The error code of a message id that can't be accepted."""
        if message_id % 4:
            return ID_NOT_OF_CLIENT
        age = time.time() - (message_id >> 32)
        if age > TOO_OLD:
            return ID_TOO_LOW
        return ID_TOO_HIGH if age < -TOO_NEW else None

    def first_sight(self, message_id: int) -> bool:
        """Whether this message is new; it is marked as seen."""
        if message_id in self._seen:
            return False
        _remember(self._seen, message_id, None)
        return True

    def answer_to(self, message_id: int) -> Outgoing | None:
        return self._answers.get(message_id)

    def state_of(self, message_ids: Iterable[int]) -> bytes:
        return bytes(self._state(message_id) for message_id in message_ids)

    def _state(self, message_id: int) -> int:
        if message_id in self._answers:
            return STATE_ANSWERED
        if message_id in self._seen:
            return STATE_RECEIVED
        oldest = next(iter(self._seen), 0)
        return STATE_UNKNOWN if message_id < oldest else STATE_NOT_RECEIVED

    # --- Outgoing -----------------------------------------------------------------------------

    def outgoing(self, body: bytes, *, content: bool, answers: int | None = None) -> Outgoing:
        """Number a message.

        Args:
            body: its TL form.
            content: whether the client has to acknowledge it.
            answers: the id of the request it is the result of.
        """
        message_id = self._next_id(3 if answers is None else 1)
        message = Outgoing(message_id, self._content * 2 + content, body)
        self._content += content
        if answers is not None:
            _remember(self._answers, answers, message)
        if content:
            _remember(self._unacknowledged, message_id, message)
        return message

    def container(self, messages: list[Outgoing]) -> Outgoing:
        """Several messages in one. The container itself is never acknowledged."""
        head = struct.pack("<Ii", MessageContainer.CONSTRUCTOR_ID, len(messages))
        body = head + b"".join(message.packed() for message in messages)
        return Outgoing(self._next_id(3), self._content * 2, body)

    def acknowledge(self, message_ids: Iterable[int]) -> None:
        for message_id in message_ids:
            self._unacknowledged.pop(message_id, None)

    def unacknowledged(self, message_ids: Iterable[int] | None = None) -> list[Outgoing]:
        """What the client has not confirmed: of the given ids, or all."""
        if message_ids is None:
            return list(self._unacknowledged.values())
        wanted = set(message_ids)
        return [item for key, item in self._unacknowledged.items() if key in wanted]

    def _next_id(self, kind: int) -> int:
        """Time in seconds by 2³², growing, ``kind`` in the lowest two bits."""
        message_id = int(time.time() * 2**32) & ~3
        if message_id <= self._last_id:
            message_id = (self._last_id & ~3) + 4
        self._last_id = message_id | kind
        return self._last_id


def unpack_container(body: bytes) -> list[tuple[int, int, bytes]] | None:
    """The (message id, sequence, body) of a container's messages; None when it is broken.

    Parsed here, so that one message of an unknown kind does not break the others.
    """
    (count,) = struct.unpack_from("<i", body, 4)
    if not 0 <= count <= CONTAINER_MOST:
        return None
    messages, place = [], 8
    for _ in range(count):
        if place + 16 > len(body):
            return None
        message_id, sequence, length = struct.unpack_from("<qii", body, place)
        place += 16
        if length < 0 or place + length > len(body):
            return None
        messages.append((message_id, sequence, body[place : place + length]))
        place += length
    return messages


def is_container(body: bytes) -> bool:
    return body[:4] == struct.pack("<I", MessageContainer.CONSTRUCTOR_ID)


def _remember(memory: OrderedDict[int, Any], key: int, value: Any) -> None:
    memory[key] = value
    if len(memory) > REMEMBERED:
        memory.popitem(last=False)
