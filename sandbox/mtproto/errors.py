"""Errors between a client and this server."""

from __future__ import annotations


class RpcRefusal(Exception):
    """A call is answered with an error, by Telegram's error name.

    https://core.telegram.org/api/errors
    """

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}")
        self.code = code
        self.name = name
        self.fatal = False
        """The session's key ends with this answer."""


class HandshakeError(Exception):
    """The key exchange is invalid."""


class UnknownKeyError(Exception):
    """A packet came under an authorization key the server does not have."""


class BadEnvelopeError(Exception):
    """A packet does not decrypt to a message."""
