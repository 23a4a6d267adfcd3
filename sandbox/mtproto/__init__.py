"""A Telegram server over MTProto, for clients that know no difference."""

from __future__ import annotations

from sandbox.mtproto.server import MtprotoServer

__all__ = ["MtprotoServer"]
