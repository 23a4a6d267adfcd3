"""The wrappers calls come in: layer, application, order, silence.

https://core.telegram.org/api/invoking
"""

from __future__ import annotations

from typing import Any

from telethon.tl import functions
from telethon.tl.core import GzipPacked

from sandbox.mtproto import tl
from sandbox.mtproto.stream import Stream
from sandbox.world.logins import Session

PLAIN_WRAPPERS = (
    functions.InvokeWithLayerRequest,
    functions.InvokeAfterMsgRequest,
    functions.InvokeAfterMsgsRequest,
    functions.InvokeWithMessagesRangeRequest,
    functions.InvokeWithTakeoutRequest,
)
"""Calls run in the order they come, so waiting for an earlier one needs no more."""


def unwrap(message: Any, session: Session, stream: Stream) -> Any:
    """The call itself; what its wrappers say of the client is noted."""
    while True:
        if isinstance(message, GzipPacked):
            message = tl.read(message.data)
        elif isinstance(message, functions.InitConnectionRequest):
            _note_application(message, session)
            message = message.query
        elif isinstance(message, functions.InvokeWithoutUpdatesRequest):
            stream.wants_updates = False
            message = message.query
        elif isinstance(message, PLAIN_WRAPPERS):
            message = message.query
        else:
            return message


def _note_application(message: Any, session: Session) -> None:
    session.api_id = message.api_id
    session.device = message.device_model
    session.system = message.system_version
    session.app_version = message.app_version
    session.language = message.lang_code
