"""Where the sandbox's doors are, once they are open."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True)
class Endpoints:
    """Filled in as each door opens. ``url`` also serves the control API and the web page."""

    url: str = ""
    mtproto: str = ""
    """``ip:port``."""
    public_key_pem: str = ""
    """PKCS#1, for clients of the MTProto door."""


ENDPOINTS = web.AppKey("doors", Endpoints)
"""The HTTP application's way to them."""
