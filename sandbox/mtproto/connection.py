"""One TCP connection: reads and decrypts packets, dispatches messages, sends answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
import time
from typing import TYPE_CHECKING, Any

from telethon.errors import TypeNotFoundError
from telethon.tl import types

from sandbox.mtproto import session_state as streams
from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import (
    BadEnvelopeError,
    HandshakeError,
    RpcRefusal,
    UnknownKeyError,
)
from sandbox.mtproto.handshake import Handshake
from sandbox.mtproto.invoke_wrappers import unwrap
from sandbox.mtproto.message_crypto import Envelope, key_id_of, open_envelope, seal_envelope
from sandbox.mtproto.service_messages import SERVICE
from sandbox.mtproto.session_state import Outgoing, Stream
from sandbox.mtproto.transports import BadPacketError, Transport, detect, hang_up
from sandbox.world.logins import Session

if TYPE_CHECKING:
    from sandbox.mtproto.server import MtprotoServer

log = logging.getLogger(__name__)

KEY_UNKNOWN = -404
PLAIN_HEAD = 20
MOST_UNREAD = 16 * 1024 * 1024
"""Bytes waiting for a client that does not read; above this it is disconnected."""


class Connection:
    """Serves one client until it disconnects, or :meth:`close` or :meth:`reset` is called."""

    def __init__(
        self,
        server: MtprotoServer,
        dc: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.server = server
        self.dc = dc
        """The data centre whose address the client connected to."""
        self.session: Session | None = None
        self.stream: Stream | None = None
        self._reader = reader
        self._writer = writer
        self._transport: Transport | None = None
        self._handshake = Handshake(server.key, server.world.logins, dc)
        self._plain_ids = Stream(0)
        self._tasks: asyncio.TaskGroup | None = None
        self._calls: set[asyncio.Task[None]] = set()

    # --- Lifecycle ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until the connection ends, whatever the client does."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._read()
                for call in self._calls:
                    call.cancel()
        except* (asyncio.IncompleteReadError, ConnectionError):
            pass
        except* (BadPacketError, BadEnvelopeError, HandshakeError, ValueError, struct.error) as bad:
            log.info("a client broke the protocol: %s", bad.exceptions[0])
        finally:
            self.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()

    def close(self) -> None:
        self._writer.close()

    @property
    def is_closing(self) -> bool:
        return self._writer.is_closing()

    def reset(self) -> None:
        """Close immediately; the client gets a reset."""
        hang_up(self._writer)

    async def _read(self) -> None:
        try:
            self._transport = await detect(self._reader, self._writer)
            while True:
                packet = await self._transport.receive()
                self._take(packet)
                await self._writer.drain()
        except UnknownKeyError:
            self.say_key_unknown()
        finally:
            for call in self._calls:
                call.cancel()

    # --- Packets ------------------------------------------------------------------------------

    def _take(self, packet: bytes) -> None:
        key_id = key_id_of(packet)
        if key_id == 0:
            self._answer_plain(packet)
        else:
            self._open(key_id, packet)

    def _answer_plain(self, packet: bytes) -> None:
        answer = tl_codec.write(self._handshake.answer(tl_codec.read(packet[PLAIN_HEAD:])))
        message = self._plain_ids.outgoing(answer, content=False, answers=0)
        self.send_packet(struct.pack("<qqi", 0, message.message_id, len(answer)) + answer)

    def _open(self, key_id: int, packet: bytes) -> None:
        session = self.server.world.logins.keys.get(key_id)
        if session is None:
            raise UnknownKeyError
        envelope = open_envelope(session.auth_key, packet)
        self.session = session
        self._enter_stream(session, envelope)
        assert self.stream is not None
        code = self.stream.objection(envelope.message_id)
        if code is not None:
            return self._object(envelope.message_id, envelope.sequence, code)
        if envelope.salt != session.salt:
            return self._correct_salt(envelope, session)
        session.active = self.server.world.logins.now()
        return self._take_body(envelope)

    def _correct_salt(self, envelope: Envelope, session: Session) -> None:
        code = streams.BAD_SALT
        place = envelope.message_id, envelope.sequence
        self.send(types.BadServerSalt(*place, code, session.salt), content=False)

    def _enter_stream(self, session: Session, envelope: Envelope) -> None:
        """Find the session's state, or create it and send new_session_created."""
        if self.stream is not None and self.stream.session_id == envelope.session_id:
            return
        self.stream, is_new = self.server.streams.enter(session.key_id, envelope.session_id)
        if is_new:
            unique = time.monotonic_ns()
            self.send(types.NewSessionCreated(envelope.message_id, unique, session.salt))
        else:
            self.send_messages(self.stream.unacknowledged())

    def _object(self, message_id: int, sequence: int, code: int) -> None:
        self.send(types.BadMsgNotification(message_id, sequence, code), content=False)

    # --- Messages -----------------------------------------------------------------------------

    def _take_body(self, envelope: Envelope) -> None:
        if not streams.is_container(envelope.body):
            return self._take_message(envelope.message_id, envelope.sequence, envelope.body)
        messages = streams.unpack_container(envelope.body)
        if messages is None:
            code = streams.BAD_CONTAINER
            return self._object(envelope.message_id, envelope.sequence, code)
        for message_id, sequence, body in messages:
            self._take_message(message_id, sequence, body)
        return None

    def _take_message(self, message_id: int, sequence: int, body: bytes) -> None:
        assert self.stream is not None
        if not self.stream.first_sight(message_id):
            answer = self.stream.answer_to(message_id)
            return self.send_messages([answer] if answer else [])
        try:
            message = tl_codec.read(body)
        except TypeNotFoundError as unknown:
            name = f"INPUT_METHOD_INVALID_{unknown.invalid_constructor_id}"
            return self.refuse(message_id, 400, name)
        except ValueError:
            return self.refuse(message_id, 400, "INPUT_REQUEST_INVALID")
        service = SERVICE.get(type(message))
        if service is not None:
            return service(self, message_id, message)
        if not sequence % 2:
            return self._object(message_id, sequence, streams.ODD_SEQUENCE_EXPECTED)
        return self._begin_call(message_id, message)

    def _begin_call(self, message_id: int, message: Any) -> None:
        """Each call is a task of its own: one that waits does not delay the next."""
        assert self.session is not None
        assert self.stream is not None
        assert self._tasks is not None
        try:
            request = unwrap(message, self.session, self.stream)
        except RpcRefusal as refusal:
            return self.refuse(message_id, refusal.code, refusal.name)
        except (TypeNotFoundError, ValueError):
            return self.refuse(message_id, 400, "INPUT_REQUEST_INVALID")
        call = self._tasks.create_task(self._call(message_id, request))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return None

    async def _call(self, message_id: int, request: Any) -> None:
        try:
            value = await self.server.dispatch(self, request)
        except RpcRefusal as refusal:
            self.refuse(message_id, refusal.code, refusal.name)
            if refusal.fatal and self.session is not None:
                self.server.world.logins.drop_key(self.session.key_id)
        except Exception:
            log.exception("%s failed", tl_codec.method_name(request))
            self.refuse(message_id, 500, "INTERNAL_SERVER_ERROR")
        else:
            self.answer(message_id, value)

    # --- Sending ------------------------------------------------------------------------------

    def refuse(self, request_id: int, code: int, name: str) -> None:
        self._send_result(request_id, tl_codec.refusal(request_id, code, name))

    def answer(self, request_id: int, value: Any) -> None:
        self._send_result(request_id, tl_codec.result(request_id, value))

    def _send_result(self, request_id: int, body: bytes) -> None:
        """The result, followed by the acknowledgement of the request."""
        assert self.stream is not None
        answer = self.stream.outgoing(body, content=True, answers=request_id)
        receipt = self.stream.outgoing(tl_codec.write(types.MsgsAck([request_id])), content=False)
        self.send_messages([answer, receipt])

    def send(self, message: Any, *, content: bool = True) -> None:
        """Send one object outside of any call's result."""
        assert self.stream is not None
        self.send_messages([self.stream.outgoing(tl_codec.write(message), content=content)])

    def send_messages(self, messages: list[Outgoing]) -> None:
        assert self.stream is not None
        assert self.session is not None
        if not messages:
            return
        message = messages[0] if len(messages) == 1 else self.stream.container(messages)
        envelope = Envelope(
            salt=self.session.salt,
            session_id=self.stream.session_id,
            message_id=message.message_id,
            sequence=message.sequence,
            body=message.body,
        )
        self.send_packet(seal_envelope(self.session.auth_key, self.session.key_id, envelope))

    def send_packet(self, packet: bytes) -> None:
        assert self._transport is not None
        if self._writer.is_closing():
            return None
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            return self.reset()
        return self._transport.send(packet)

    def say_key_unknown(self) -> None:
        """https://core.telegram.org/mtproto/mtproto-transports#transport-errors"""
        self.send_packet(struct.pack("<i", KEY_UNKNOWN))
        self.close()
