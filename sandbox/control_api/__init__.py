"""The control API under ``/sandbox`` and the web page at ``/``.

People of the world act through it; outside programs drive it. docs/sandbox.md describes
every request and answer.
"""

from __future__ import annotations

from sandbox.control_api.routes import add_routes

__all__ = ["add_routes"]
