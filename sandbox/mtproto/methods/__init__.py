"""Methods by topic: each module has a table of requests and their handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.mtproto.methods import (
    account,
    auth,
    channels,
    contacts,
    dialogs,
    history,
    messages,
    qr,
    updates,
    upload,
    users,
)
from sandbox.mtproto.methods import (
    help as help_,
)
from sandbox.mtproto.request import Call

Handler = Callable[[Call], Any]

METHODS: Mapping[type, Handler] = {
    **help_.METHODS,
    **auth.METHODS,
    **qr.METHODS,
    **account.METHODS,
    **users.METHODS,
    **contacts.METHODS,
    **updates.METHODS,
    **channels.METHODS,
    **dialogs.METHODS,
    **history.METHODS,
    **messages.METHODS,
    **upload.METHODS,
}
"""A handler returns its answer, or an awaitable of it, or raises RpcRefusal or ApiError."""
