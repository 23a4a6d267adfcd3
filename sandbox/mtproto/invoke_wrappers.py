"""The wrappers of calls: layer, application, order, no updates.

https://core.telegram.org/api/invoking
"""

from __future__ import annotations

import logging
from typing import Any

from telethon.tl import functions
from telethon.tl.alltlobjects import LAYER
from telethon.tl.core import GzipPacked

from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.session_state import Stream
from sandbox.world.logins import Session

log = logging.getLogger(__name__)

OLDEST_LAYER = 185
"""Answers are written in the newest layer, :data:`LAYER`. Clients of earlier layers read them as
far as the constructors are the same, which is most of what a login and plain messages need; from
before this layer too much is different."""

PLAIN_WRAPPERS = (
    functions.InvokeAfterMsgRequest,
    functions.InvokeAfterMsgsRequest,
    functions.InvokeWithMessagesRangeRequest,
    functions.InvokeWithTakeoutRequest,
)
"""Calls run in the order they come, so no waiting for an earlier one is needed."""


def unwrap(message: Any, session: Session, stream: Stream) -> Any:
    """The call itself; what its wrappers say of the client is stored.

    Raises:
        RpcRefusal: 400 CONNECTION_LAYER_INVALID, a layer that can't be answered.
        ValueError: a packed call is broken.
    """
    while True:
        if isinstance(message, GzipPacked):
            message = tl_codec.read(message.data)
        elif isinstance(message, functions.InvokeWithLayerRequest):
            _check_layer(message.layer)
            session.layer = message.layer
            message = message.query
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


def _check_layer(layer: int) -> None:
    if not OLDEST_LAYER <= layer <= LAYER:
        log.warning("layer %d is refused: %d to %d are answered", layer, OLDEST_LAYER, LAYER)
        raise RpcRefusal(400, "CONNECTION_LAYER_INVALID")


def _note_application(message: Any, session: Session) -> None:
    session.api_id = message.api_id
    session.device = message.device_model
    session.system = message.system_version
    session.app_version = message.app_version
    session.language = message.lang_code
