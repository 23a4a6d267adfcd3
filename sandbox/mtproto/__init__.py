"""A simulated MTProto server."""

from __future__ import annotations

from sandbox.mtproto.server import MtprotoServer

__all__ = ["MtprotoServer"]
