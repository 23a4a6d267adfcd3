"""The control API under ``/sandbox`` and the web page at ``/``.

Programs use it to act as people of the world. docs/sandbox.md describes
every request and answer.
"""

from __future__ import annotations

from sandbox.control_api.routes import add_routes

__all__ = ["add_routes"]
