"""Service messages: acknowledgements, pings, states, salts.

https://core.telegram.org/mtproto/service_messages
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from telethon.tl import functions, types

from sandbox.mtproto import tl_codec

if TYPE_CHECKING:
    from sandbox.mtproto.connection import Connection

SALT_LIVES = 30 * 24 * 3600
"""A key's salt never changes here, so it is given a long validity."""

Service = Callable[["Connection", int, Any], None]


def _ignore(_connection: Connection, _message_id: int, _message: Any) -> None:
    """Nothing to do and no answer."""


def _acknowledge(connection: Connection, _message_id: int, message: Any) -> None:
    assert connection.stream is not None
    connection.stream.acknowledge(message.msg_ids)


def _pong(connection: Connection, message_id: int, message: Any) -> None:
    connection.send(types.Pong(message_id, message.ping_id), content=False)


def _state(connection: Connection, message_id: int, message: Any) -> None:
    assert connection.stream is not None
    states = connection.stream.state_of(message.msg_ids)
    connection.send(types.MsgsStateInfo(message_id, states), content=False)


def _send_again(connection: Connection, message_id: int, message: Any) -> None:
    """Resend messages that are still stored; answer with the state of the others."""
    assert connection.stream is not None
    again = connection.stream.unacknowledged(message.msg_ids)
    connection.send_messages(again)
    if len(again) < len(message.msg_ids):
        _state(connection, message_id, message)


def _future_salts(connection: Connection, message_id: int, _message: Any) -> None:
    assert connection.session is not None
    now = int(time.time())
    salt = types.FutureSalt(
        tl_codec.moment(now), tl_codec.moment(now + SALT_LIVES), connection.session.salt
    )
    connection.send(types.FutureSalts(message_id, now, [salt]), content=False)


def _drop_answer(connection: Connection, message_id: int, _message: Any) -> None:
    connection.answer(message_id, types.RpcAnswerUnknown())


def _destroy_session(connection: Connection, _message_id: int, message: Any) -> None:
    assert connection.session is not None
    known = connection.server.streams.forget(connection.session.key_id, message.session_id)
    kind = types.DestroySessionOk if known else types.DestroySessionNone
    connection.send(kind(message.session_id), content=False)


def _destroy_key(connection: Connection, _message_id: int, _message: Any) -> None:
    assert connection.session is not None
    connection.send(types.DestroyAuthKeyOk(), content=False)
    connection.server.world.logins.drop_key(connection.session.key_id)


SERVICE: Mapping[type, Service] = {
    types.MsgsAck: _acknowledge,
    types.MsgsStateReq: _state,
    types.MsgResendReq: _send_again,
    types.MsgsStateInfo: _ignore,
    types.MsgsAllInfo: _ignore,
    types.HttpWait: _ignore,
    functions.PingRequest: _pong,
    functions.PingDelayDisconnectRequest: _pong,
    functions.GetFutureSaltsRequest: _future_salts,
    functions.RpcDropAnswerRequest: _drop_answer,
    functions.DestroySessionRequest: _destroy_session,
    functions.DestroyAuthKeyRequest: _destroy_key,
}
