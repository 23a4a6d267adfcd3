"""Addresses of the sandbox's endpoints, known once they have started."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True)
class Endpoints:
    """Filled in as each endpoint starts. ``url`` also serves the control API and the web page."""

    url: str = ""
    mtproto: str = ""
    """``ip:port``."""
    public_key_pem: str = ""
    """PKCS#1, for MTProto clients."""


ENDPOINTS = web.AppKey("doors", Endpoints)
"""Their key in the HTTP application."""
